import type { DiffPart, EngineEvent, Facts } from "../engine/protocol/mod.ts";
import type { BackupError } from "../errors.ts";
import { escapeControls, stripControls } from "./format.ts";
import type { Outcome } from "./outcome.ts";
import type { Reporter, Streams } from "./reporter.ts";
import type { Document } from "./view.ts";
import { verdictOf, viewOf } from "./views.ts";
import { diffedView, differenceDocument } from "./views/diff.ts";

const END = "\n}";

/** One JSON document on standard output for each command. */
export class JsonReporter implements Reporter {
  readonly #streams: Streams;
  readonly #quiet: boolean;
  readonly #warnings: string[] = [];
  /** Number of entries in the list that is open in the document; null where none is. */
  #list: number | null = null;

  /** @param quiet whether standard error has only errors; the document has all warnings */
  constructor(streams: Streams, quiet = false) {
    this.#streams = streams;
    this.#quiet = quiet;
  }

  event(event: EngineEvent): void {
    if (event.kind !== "warning") return;
    this.#warnings.push(event.message);
    if (this.#quiet && event.isFailure !== true) return;
    const word = event.isFailure === true ? "Error" : "Warning";
    this.#streams.err(`${word}: ${stripControls(event.message)}\n`);
  }

  part(part: DiffPart): void {
    if (part.kind === "compared") {
      const { differences: _, differences_left_out: __, ...document } = diffedView.document(part.compared);
      this.#list = 0;
      this.#write(`${json(document).slice(0, -END.length)},\n  "differences": [`);
      return;
    }
    for (const difference of part.differences) {
      const separator = this.#list === 0 ? "\n" : ",\n";
      this.#list = (this.#list ?? 0) + 1;
      this.#write(separator + json(differenceDocument(difference)).replace(/^/gm, "    "));
    }
  }

  result(outcome: Outcome): void {
    const document = viewOf(outcome).document(outcome);
    const success = verdictOf(outcome) === null;
    const warnings = this.#warnings;
    if (this.#list === null) this.#write(json({ success, ...document, warnings }) + "\n");
    else this.#end({ differences_left_out: document["differences_left_out"], success, warnings });
  }

  failed(error: BackupError): void {
    const { message, code, hint } = error;
    const document = { success: false, error: message, code, hint, warnings: this.#warnings };
    if (this.#list === null) this.#write(json(document) + "\n");
    else this.#end(document);
  }

  /** Ends the list that is open, and the document with these fields. */
  #end(fields: Document): void {
    this.#write(`${this.#list === 0 ? "" : "\n  "}],${json(fields).slice(1)}\n`);
    this.#list = null;
  }

  #write(text: string): void {
    this.#streams.out(escapeControls(text));
  }
}

function json(document: Document): string {
  return JSON.stringify(document, null, 2);
}

/** The scalar values of an outcome, under their names in its document. */
export function plainValuesOf(outcome: Outcome): Facts {
  const isPlain = (entry: [string, unknown]): entry is [string, Facts[string]] =>
    entry[1] === null || ["string", "number", "boolean"].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(viewOf(outcome).document(outcome)).filter(isPlain));
}
