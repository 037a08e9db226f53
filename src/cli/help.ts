import { type DocPage, formatDocPage } from "@optique/core/doc";
import type { Message } from "@optique/core/message";
import type { Usage, UsageTerm } from "@optique/core/usage";
import { ERRORS } from "../errors.ts";
import { lines } from "./options.ts";

export const PROGRAM = "vpo-backup";
const HELP_COLUMNS = 80;
const HELP = "help";

/**
 * The arguments with `help COMMAND` said as `COMMAND --help`: so both show one page, and options of every command may
 * stand beside either.
 */
export function askedForHelp(args: readonly string[]): readonly string[] {
  if (args.length === 0) return ["--help"];
  return args[0] === HELP ? [...args.slice(1), "--help"] : args;
}

/** A help page as it is printed. */
export function formatHelp(page: DocPage): string {
  const usage = page.usage === undefined ? {} : { usage: summarize(page.usage) };
  const text = formatDocPage(PROGRAM, { ...page, ...usage }, { maxWidth: HELP_COLUMNS });
  return text.replace(/[ \t]+$/gm, "") + "\n";
}

/** The exit codes as they stand in the one table, for the end of the help page. */
export function exitCodes(): Message {
  const rows = new Map<number, string[]>([[0, ["success"]]]);
  for (const { exit, when } of Object.values(ERRORS)) rows.set(exit, [...rows.get(exit) ?? [], when]);
  const wrapped = [...rows].flatMap(([exit, reasons]) =>
    reasons.map((when, index) => `${index === 0 ? String(exit).padStart(5) : "     "}  ${when}`)
  );
  return lines("Exit codes:", ...wrapped);
}

/** A usage line with one word for all options: the page lists them below. */
function summarize(usage: Usage): Usage {
  const words = usage.filter((term) => term.type === "command" || term.type === "literal");
  if (words.length === usage.length) return usage;
  return [...words, { type: "literal", value: "[OPTIONS]" }, ...usage.filter(isPositional)];
}

function isPositional(term: UsageTerm): boolean {
  if (term.type === "optional" || term.type === "multiple" || term.type === "sequence") {
    return term.terms.some(isPositional);
  }
  return term.type === "argument";
}
