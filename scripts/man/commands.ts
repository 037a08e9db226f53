import type { DocEntry, DocPage } from "@optique/core/doc";
import { formatMessage, type Message } from "@optique/core/message";
import { getDocPage } from "@optique/core/parser";
import type { Usage } from "@optique/core/usage";
import { wholeParser } from "../../src/cli/registry.ts";

/** An option or an argument of a command. */
export interface Parameter {
  /** `-o`, `--output`; none for an argument. */
  readonly names: readonly string[];
  /** `PATH`; null for an option without a value. */
  readonly metavar: string | null;
  readonly description: string;
}

/** Parameters that belong together, under the title that they have in the help. */
export interface ParameterGroup {
  readonly title: string | null;
  readonly parameters: readonly Parameter[];
}

/** A command as its help page shows it. */
export interface Command {
  /** `backup`, or `schedule install`. */
  readonly name: string;
  readonly aliases: readonly string[];
  /** Its arguments as they stand in its usage: `[BACKUP]...`. */
  readonly operands: readonly string[];
  readonly description: string;
  readonly groups: readonly ParameterGroup[];
  readonly examples: readonly string[];
}

/** What the program's whole command line consists of. */
export interface CommandLine {
  readonly commands: readonly Command[];
  /** Options that every command takes. */
  readonly globals: readonly Parameter[];
}

/** Titles of the sections with the options of every command. */
type Titles = ReadonlySet<string | undefined>;

const EXAMPLES = "Examples:";

/** Reads the command line out of the parser that the program itself uses: every command is in it. */
export function readCommandLine(): CommandLine {
  const page = pageOf([]);
  const globals = page.sections.filter(({ title }) => title !== undefined);
  const titles = new Set(globals.map(({ title }) => title));
  return {
    commands: commandsBelow(page.usage ?? [], [], titles),
    globals: globals.flatMap(({ entries }) => entries.flatMap(parametersOf)),
  };
}

function commandsBelow(usage: Usage, path: readonly string[], globals: Titles): Command[] {
  return commandTerms(usage).flatMap(({ name, aliases = [] }) => {
    const own = [...path, name];
    const page = pageOf(own);
    const below = commandsBelow((page.usage ?? []).slice(own.length), own, globals);
    return below.length > 0 ? below : [commandOf(own, aliases, page, globals)];
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

function commandOf(path: readonly string[], aliases: readonly string[], page: DocPage, globals: Titles): Command {
  const untitled = page.sections.filter(({ title }) => title === undefined);
  const titled = page.sections.filter(({ title }) => title !== undefined && !globals.has(title));
  const [heading, ...examples] = page.footer === undefined ? [] : linesOf(page.footer);
  return {
    name: path.join(" "),
    aliases,
    description: [page.brief, page.description].filter((part) => part !== undefined).map(textOf).join(" "),
    operands: operandsOf(page.usage ?? []),
    groups: [...untitled, ...titled].map(({ title = null, entries }) => ({
      title,
      parameters: entries.flatMap(parametersOf),
    })),
    examples: heading === EXAMPLES ? examples.map((line) => line.trim()) : [],
  };
}

function operandsOf(usage: Usage): string[] {
  return usage.flatMap((term) => {
    switch (term.type) {
      case "argument":
        return [term.metavar];
      case "optional":
        return operandsOf(term.terms).map((operand) => `[${operand}]`);
      case "multiple":
        return operandsOf(term.terms).map((operand) => term.min === 0 ? `[${operand}]...` : `${operand}...`);
      case "exclusive":
        return term.terms.flatMap((terms) => operandsOf(terms));
      default:
        return [];
    }
  });
}

function parametersOf({ term, description }: DocEntry): Parameter[] {
  const explained = description === undefined ? "" : textOf(description);
  if (term.type === "option") return [{ names: term.names, metavar: term.metavar ?? null, description: explained }];
  if (term.type === "argument") return [{ names: [], metavar: term.metavar, description: explained }];
  return [];
}

function pageOf(path: readonly string[]): DocPage {
  const page = getDocPage(wholeParser(), [...path]);
  if (page === undefined || page instanceof Promise) throw new Error(`there is no help for "${path.join(" ")}"`);
  return page;
}

function textOf(message: Message): string {
  return linesOf(message).join(" ");
}

function linesOf(message: Message): string[] {
  return formatMessage(message, { quotes: false, colors: false }).split("\n");
}
