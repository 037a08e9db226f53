import type { Replacement, Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { describeReplacement } from "../../output/views/replacement.ts";
import type { Context } from "../context.ts";
import { TypedLine } from "./typed_line.ts";

const REPLACE_OR_LOOK = "Use --yes to go ahead without asking, or --dry-run to preview.";

/**
 * Makes sure, before any work is done, that somebody can be asked.
 *
 * @throws {BackupError} `confirmation_required`
 */
export function requireSomebodyToAsk({ io, globals }: Context, command: string, hint = REPLACE_OR_LOOK): void {
  if (io.terminal.input && io.terminal.error && !globals.json) return;
  throw new BackupError(
    "confirmation_required",
    `Cannot ${command} without confirmation: no terminal, or --json was given`,
    hint,
  );
}

/** Asks a question; any answer other than yes means no. */
export async function confirm(context: Context, question: string): Promise<boolean> {
  const answer = await prompt(context, `${question} [y/N] `);
  if (answer !== null) context.io.err("\n");
  return /^\s*y(es)?\s*$/i.test(answer ?? "");
}

/** Prints what the question would have shown, after a replacement without one. */
export function announceUnasked(context: Context, result: Results["restore"]): void {
  const { io, globals } = context;
  if (result.kind === "restored" && !globals.json && !globals.quiet) {
    io.out(describeReplacement(result.replacement) + "\n");
  }
  warnOfSchema(context, result.replacement);
}

/** Asks for a line from the person at the terminal; null if none can come. */
export async function prompt({ io }: Context, question: string): Promise<string | null> {
  const typed = new TypedLine(question, io.err);
  using stopped = interrupted(io.interruption, () => io.err("\n"));
  using keyboard = await io.openKeyboard((isResized) => isResized || typed.show());
  if (keyboard === null) return null;
  typed.show();
  // A question that could not be shown gets no answer.
  if (io.outlets.error.failure !== null) return null;
  const line = await Promise.race([typed.read(keyboard), stopped.promise]);
  io.err("\n");
  return line;
}

/**
 * A promise that is rejected with the reason of an interruption, until it is disposed of.
 *
 * @param before is called before that
 */
export function interrupted(
  interruption: AbortSignal,
  before: () => void = () => {},
): Disposable & { readonly promise: Promise<never> } {
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever waited may have received something else in the meantime.
  promise.catch(() => {});
  const stop = () => {
    before();
    reject(interruption.reason);
  };
  if (interruption.aborted) stop();
  else interruption.addEventListener("abort", stop, { once: true });
  return { promise, [Symbol.dispose]: () => interruption.removeEventListener("abort", stop) };
}

/** Warns of a schema that VPO has to migrate, or may not be able to open. */
export function warnOfSchema({ reporter }: Context, replacement: Replacement): void {
  const { schemaVersion, currentSchemaVersion, schemaInPlace } = replacement;
  if (schemaVersion === currentSchemaVersion) return;
  const current = schemaInPlace === null
    ? `${currentSchemaVersion}, the newest that this program knows`
    : `${schemaInPlace}, that of the library in place`;
  const message = schemaVersion < currentSchemaVersion
    ? `schema ${schemaVersion} is older than ${current}: only vpo scan and vpo serve migrate it; vpo db info fails until then`
    : `schema ${schemaVersion} is newer than ${current}: an older VPO may not open it`;
  reporter.event({ kind: "warning", message });
}
