import type { DocEntry, DocPage } from "@optique/core/doc";
import { formatMessage, type Message } from "@optique/core/message";
import { getDocPage } from "@optique/core/parser";
import type { Usage } from "@optique/core/usage";
import { parser } from "../../src/cli/commands.ts";

/** An option or an argument of a command. */
export interface Parameter {
  /** `-o`, `--output`; none for an argument. */
  readonly names: readonly string[];
  /** `PATH`; null for an option without a value. */
  readonly metavar: string | null;
  readonly description: string;
}

/** A command as its help page shows it. */
export interface Command {
  /** `backup`, or `schedule install`. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly examples: readonly string[];
}

/** What the program's whole command line consists of. */
export interface CommandLine {
  readonly commands: readonly Command[];
  /** Options that every command takes. */
  readonly globals: readonly Parameter[];
}

const EXAMPLES = "Examples:";

/** Reads the command line out of the parser that the program itself uses: every command is in it. */
export function readCommandLine(): CommandLine {
  const page = pageOf([]);
  const globals = page.sections.filter(({ title }) => title !== undefined).flatMap(({ entries }) => entries);
  return { commands: commandsBelow(page.usage ?? [], []), globals: globals.flatMap(parametersOf) };
}

function commandsBelow(usage: Usage, path: readonly string[]): Command[] {
  return commandTerms(usage).flatMap(({ name, aliases = [] }) => {
    const own = [...path, name];
    const page = pageOf(own);
    const below = commandsBelow((page.usage ?? []).slice(own.length), own);
    return below.length > 0 ? below : [commandOf(own, aliases, page)];
  });
}

interface CommandTerm {
  readonly name: string;
  readonly aliases?: readonly string[];
}

/** The commands that may stand at the first place of a usage; what follows a command is its own. */
function commandTerms(usage: Usage): CommandTerm[] {
  const found: CommandTerm[] = [];
  for (const term of usage) {
    if (term.type === "command") {
      if (term.hidden === undefined || term.hidden === false) found.push(term);
      break;
    }
    if (term.type === "exclusive") found.push(...term.terms.flatMap((terms) => commandTerms(terms)));
    else if (term.type === "optional" || term.type === "multiple") found.push(...commandTerms(term.terms));
  }
  return found;
}

function commandOf(path: readonly string[], aliases: readonly string[], page: DocPage): Command {
  const untitled = page.sections.filter(({ title }) => title === undefined).flatMap(({ entries }) => entries);
  const [heading, ...examples] = page.footer === undefined ? [] : linesOf(page.footer);
  return {
    name: path.join(" "),
    aliases,
    description: [page.brief, page.description].filter((part) => part !== undefined).map(textOf).join(" "),
    parameters: untitled.flatMap(parametersOf),
    examples: heading === EXAMPLES ? examples.map((line) => line.trim()) : [],
  };
}

function parametersOf({ term, description }: DocEntry): Parameter[] {
  const explained = description === undefined ? "" : textOf(description);
  if (term.type === "option") return [{ names: term.names, metavar: term.metavar ?? null, description: explained }];
  if (term.type === "argument") return [{ names: [], metavar: term.metavar, description: explained }];
  return [];
}

function pageOf(path: readonly string[]): DocPage {
  const page = getDocPage(parser, [...path]);
  if (page === undefined || page instanceof Promise) throw new Error(`there is no help for "${path.join(" ")}"`);
  return page;
}

function textOf(message: Message): string {
  return linesOf(message).join(" ");
}

function linesOf(message: Message): string[] {
  return formatMessage(message, { quotes: false, colors: false }).split("\n");
}
