import type { EngineEvent, Step } from "../engine/protocol.ts";
import type { Streams } from "./reporter.ts";

/** Time between two drawings, in milliseconds. */
const REDRAW_MS = 100;
const BAR_COLUMNS = 24;
const CLEAR_LINE = "\r\x1b[2K";

const LABELS: Readonly<Partial<Record<Step, string>>> = {
  "lock library": "Waiting for the library",
  "copy library": "Copying the library",
  "check copy": "Checking the copy",
  "compress": "Compressing",
  "read back": "Reading the archive back",
  "read archive": "Reading the archive",
  "check database": "Checking the library in it",
  "check library": "Checking the library",
  "replace library": "Replacing the library",
  "list": "Reading the backups",
  "verify": "Checking the backups",
  "remove": "Removing backups",
  "look at library": "Looking at the library",
};

/** One line on the terminal that is drawn over and over and is gone when something else is written. */
export class ProgressLine {
  readonly #write: (text: string) => void;
  readonly #columns: number;
  #label = "";
  #drawnAt = 0;
  #isDrawn = false;

  constructor(write: (text: string) => void, columns: number) {
    this.#write = write;
    this.#columns = columns;
  }

  event(event: EngineEvent): void {
    if (event.kind === "step") {
      this.#label = LABELS[event.step] ?? "";
      this.#draw(this.#label, true);
    } else if (event.kind === "progress") {
      const share = event.total === 0 ? 1 : event.done / event.total;
      const filled = Math.round(share * BAR_COLUMNS);
      const bar = "█".repeat(filled) + "░".repeat(BAR_COLUMNS - filled);
      this.#draw(`${this.#label} ${bar} ${Math.floor(share * 100)}%`, event.done >= event.total);
    }
  }

  clear(): void {
    if (this.#isDrawn) this.#write(CLEAR_LINE);
    this.#isDrawn = false;
  }

  #draw(text: string, isDue: boolean): void {
    const now = performance.now();
    if (this.#label === "" || (!isDue && now - this.#drawnAt < REDRAW_MS)) return;
    this.#drawnAt = now;
    this.#isDrawn = true;
    this.#write(CLEAR_LINE + text.slice(0, this.#columns - 1));
  }
}

/** Streams that take the progress line away before they write. */
export function clearingFirst(streams: Streams, progress: ProgressLine): Streams {
  return {
    out(text) {
      progress.clear();
      streams.out(text);
    },
    err(text) {
      progress.clear();
      streams.err(text);
    },
  };
}
