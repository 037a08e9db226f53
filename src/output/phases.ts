import type { EngineEvent, Step } from "../engine/protocol/mod.ts";

/** The unit of a phase's progress. */
export type Unit = "bytes" | "files" | "backups";

interface PhaseKind {
  readonly label: string;
  readonly unit: Unit;
}

/** What is shown for each step; null for those that are over before anybody could read it. */
const PHASES: Readonly<Record<Step, PhaseKind | null>> = {
  "clean up": null,
  "work elsewhere": null,
  "library locked": null,
  "check space": null,
  "publish": null,
  "directory not synced": null,
  "read settings": null,
  "lock library": { label: "Waiting for the library", unit: "bytes" },
  "copy library": { label: "Copying the library", unit: "bytes" },
  "copy archive": { label: "Copying the archive", unit: "bytes" },
  "check copy": { label: "Checking the copy", unit: "bytes" },
  "compress": { label: "Compressing", unit: "bytes" },
  "read back": { label: "Reading the archive back", unit: "bytes" },
  "read archive": { label: "Reading the archive", unit: "bytes" },
  "check database": { label: "Checking the library in it", unit: "bytes" },
  "replace library": { label: "Replacing the library", unit: "bytes" },
  "replace settings": { label: "Replacing the settings", unit: "files" },
  "check library": { label: "Checking the library", unit: "bytes" },
  "compare": { label: "Comparing", unit: "files" },
  "look into library": { label: "Looking into the library", unit: "files" },
  "list": { label: "Reading the backups", unit: "backups" },
  "remove": { label: "Removing backups", unit: "backups" },
  "look at library": { label: "Looking at the library", unit: "bytes" },
  "verify": { label: "Checking the backups", unit: "bytes" },
};

/** Rates and remaining times are not shown before this, in milliseconds: they would jump. */
const SETTLED_MS = 500;

/** A phase of an operation, and how far it has come. */
export class Phase {
  readonly step: Step;
  readonly label: string;
  readonly unit: Unit;
  readonly #started: number;
  readonly #size: number | null;
  #done = 0;
  #total: number | null = null;
  #now: number;

  private constructor(step: Step, kind: PhaseKind, size: number | null, now: number) {
    this.step = step;
    this.label = kind.label;
    this.unit = kind.unit;
    this.#size = size;
    this.#started = now;
    this.#now = now;
  }

  /**
   * The phase that a step begins, or null for a step that takes no time.
   *
   * @param now in milliseconds, as everywhere here
   */
  static begun(event: Extract<EngineEvent, { readonly kind: "step" }>, now: number): Phase | null {
    const kind = PHASES[event.step];
    if (kind === null) return null;
    const size = event.facts["database_size_bytes"];
    // Copying is counted in pages.
    return new Phase(event.step, kind, event.step === "copy library" && typeof size === "number" ? size : null, now);
  }

  advance(done: number, total: number, now: number): void {
    const scale = this.#size === null || total === 0 ? 1 : this.#size / total;
    this.#done = Math.round(done * scale);
    this.#total = Math.round(total * scale);
    this.tick(now);
  }

  tick(now: number): void {
    this.#now = now;
  }

  get done(): number {
    return this.#done;
  }

  /** Null where nobody knows. */
  get total(): number | null {
    return this.#total;
  }

  /** Of the whole, from 0 to 1; null where nobody knows. */
  get share(): number | null {
    if (this.#total === null) return null;
    return this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
  }

  get seconds(): number {
    return (this.#now - this.#started) / 1000;
  }

  /** In units a second; null before that can be told. */
  get rate(): number | null {
    return this.#total === null || this.#now - this.#started < SETTLED_MS ? null : this.#done / this.seconds;
  }

  /** Null before that can be told. */
  get secondsLeft(): number | null {
    const { rate } = this;
    return rate === null || rate === 0 ? null : ((this.#total ?? 0) - this.#done) / rate;
  }

  get isOver(): boolean {
    return this.share === 1;
  }
}
