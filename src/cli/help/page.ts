import { type DocPage, formatDocPage } from "@optique/core/doc";
import type { Usage, UsageTerm } from "@optique/core/usage";
import { PROGRAM } from "../../program.ts";

const HELP_COLUMNS = 80;
/** The command that shows help. */
export const HELP = "help";
/** Width of the commands' names. */
const NAME_COLUMNS = 12;

/** Rewrites `help COMMAND` as `COMMAND --help`: so both show one page, and global options may accompany either. */
export function askedForHelp(args: readonly string[]): readonly string[] {
  if (args.length === 0) return ["--help"];
  return args[0] === HELP ? [...args.slice(1), "--help"] : args;
}

/** A help page as it is printed. */
export function formatHelp(page: DocPage): string {
  const usage = page.usage === undefined ? {} : { usage: summarize(page.usage) };
  return format({ ...page, ...usage });
}

/** The overview page: all commands, in no more lines than the smallest terminal has. */
export function formatOverview(page: DocPage): string {
  const entries = page.sections.flatMap((section) => section.entries.filter(({ term }) => term.type === "command"));
  return format({ ...page, sections: [{ entries }] }, NAME_COLUMNS);
}

/** Whether a page is about one command. */
export function isOfCommand({ usage }: DocPage): boolean {
  return usage?.some(({ type }) => type === "command") ?? false;
}

function format(page: DocPage, termWidth?: number): string {
  const width = termWidth === undefined ? {} : { termWidth };
  const text = formatDocPage(PROGRAM, page, { maxWidth: HELP_COLUMNS, ...width });
  return text.replace(/[ \t]+$/gm, "") + "\n";
}

/** A usage line with one word for all options, which the page lists below. */
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
