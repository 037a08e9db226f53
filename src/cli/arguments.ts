import { parseSync } from "@optique/core/parser";
import { BackupError } from "../errors.ts";
import { PROGRAM } from "../program.ts";
import { VERSION } from "../version.ts";
import { hasMetrics, type Invocation, parserFor } from "./registry.ts";

/** Words that may ask for a help page: the code for that is loaded only if one of them is there. */
const WORDS_FOR_PAGES: readonly string[] = ["help", "-h", "--help", "--version"];

/**
 * Parses the arguments of the program.
 *
 * @returns a text where one was asked for, such as a page of help
 * @throws {BackupError} that says what is wrong with them
 */
export async function readArguments(args: readonly string[]): Promise<Invocation | string> {
  if (args.length === 1 && args[0] === "--version") return `${PROGRAM} ${VERSION}\n`;
  const read = invocationFor(args) ?? await (await import("./help/pages.ts")).invocationOrPage(args);
  if (typeof read === "string") return read;
  refuseMisspelledOption(read, args);
  refuseOtherForm(read);
  return { ...read, json: read.json || read.format === "json" };
}

/** The parsed arguments, without help pages or error messages; null where either is needed. */
function invocationFor(args: readonly string[]): Invocation | null {
  if (args.length === 0 || args.some((word) => WORDS_FOR_PAGES.includes(word))) return null;
  const read = parseSync(parserFor(args), args);
  return read.success ? read.value : null;
}

/** A misspelled option would be taken for the name of a backup; only after `--` is it meant as one. */
function refuseMisspelledOption(invocation: Invocation, args: readonly string[]): void {
  if (args.includes("--")) return;
  const taken = Object.values(invocation).flat().find((value) =>
    typeof value === "string" && /^-./.test(value) && args.includes(value)
  );
  if (taken !== undefined) throw new BackupError("usage", `Unknown option "${taken}"`, `If it is a file: ./${taken}`);
}

/** Most commands have no output in metrics, and no command has two output formats at once. */
function refuseOtherForm(invocation: Invocation): void {
  if (invocation.format !== "prometheus") return;
  if (!hasMetrics(invocation)) {
    const message = `Cannot print the output of "${invocation.command}" as metrics`;
    throw new BackupError("usage", message, "Only status has --format prometheus; the others have text and json.");
  }
  if (invocation.json) throw new BackupError("usage", "Cannot print both JSON and metrics", "Drop --json.");
}
