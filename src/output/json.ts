import type { EngineEvent, Facts } from "../engine/protocol/mod.ts";
import type { BackupError } from "../errors.ts";
import { escapeControls, stripControls } from "./format.ts";
import type { Outcome } from "./outcome.ts";
import type { Reporter, Streams } from "./reporter.ts";
import type { Document } from "./view.ts";
import { viewOf } from "./views.ts";

/** One JSON document on standard output for each command. */
export class JsonReporter implements Reporter {
  readonly #streams: Streams;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  event(event: EngineEvent): void {
    if (event.kind === "warning") this.#streams.err(`Warning: ${stripControls(event.message)}\n`);
  }

  result(outcome: Outcome): void {
    this.#print(viewOf(outcome).document(outcome));
  }

  failed(error: BackupError): void {
    this.#print({ success: false, error: error.message, code: error.code, hint: error.hint });
  }

  #print(document: Document): void {
    this.#streams.out(escapeControls(JSON.stringify(document, null, 2)) + "\n");
  }
}

/** The plain values of an outcome, under the names that they have in its document. */
export function plainValuesOf(outcome: Outcome): Facts {
  const isPlain = (entry: [string, unknown]): entry is [string, Facts[string]] =>
    entry[1] === null || ["string", "number", "boolean"].includes(typeof entry[1]);
  return Object.fromEntries(Object.entries(viewOf(outcome).document(outcome)).filter(isPlain));
}
