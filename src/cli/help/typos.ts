import type { Usage } from "@optique/core/usage";
import { PROGRAM, typedWord } from "../../program.ts";

/** Options and commands that `run.ts` adds to those of the parser. */
const ADDED_COMMANDS = ["help"];
const ADDED_OPTIONS = ["--help", "--version"];
/** The prefix of VPO's own commands for backups: `vpo db backup`. */
const DB = "db";
/** Commands of restic and borg, and their nearest equivalents here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["snapshots", `Here that is: ${PROGRAM} backups`],
  ["check", `Here that is: ${PROGRAM} verify`],
  ["forget", `Here that is: ${PROGRAM} prune`],
  ["ls", `Here that is: ${PROGRAM} show, or ${PROGRAM} backups for the list of backups`],
  ["mount", `Here backups are not mounted; look into one with: ${PROGRAM} show`],
  ["init", `Here nothing has to be set up; make the first backup with: ${PROGRAM} backup`],
]);
/** Letters that a word must have for each mistake in it. */
const LETTERS_PER_MISTAKE = 3;

/** What was wrong on a command line, and what to do instead. */
export interface Correction {
  readonly message: string;
  readonly hint: string;
}

/**
 * Guesses what `wrong` was meant to be: the nearest option that the command takes, or the nearest command.
 *
 * @param usage of the whole command line
 * @param args the command line that `wrong` is on
 */
export function correct(wrong: string, args: readonly string[], usage: Usage): Correction {
  const commands = commandsOf(usage);
  const command = commands.find(({ names }) => names.some((name) => name !== wrong && args.includes(name)));
  const help = `See: ${PROGRAM}${command === undefined ? "" : ` ${command.names[0]}`} --help`;
  const suggest = (candidates: readonly string[]) => {
    const nearest = nearestTo(wrong.replace(/=.*/, ""), candidates);
    return nearest.length === 0 ? help : `Did you mean ${nearest.map((name) => `\`${name}\``).join(" or ")}?`;
  };
  const end = args.indexOf("--");
  const isArgument = end !== -1 && args.lastIndexOf(wrong) > end;
  if (wrong.startsWith("-") && !isArgument) {
    const others = command === undefined ? commands.flatMap(({ options }) => options) : command.options;
    const options = [...others, ...optionsOf(usage), ...ADDED_OPTIONS].filter((name) => name.startsWith("--"));
    return { message: `Unknown option "${wrong}"`, hint: suggest(options) };
  }
  if (wrong === DB && !isArgument) return withoutDb(args, commands.flatMap(({ names }) => names));
  if (command !== undefined || isArgument) return { message: `Unexpected argument "${wrong}"`, hint: help };
  const elsewhere = ELSEWHERE.get(wrong);
  if (elsewhere !== undefined) return { message: `Unknown command "${wrong}"`, hint: elsewhere };
  const names = [...commands.flatMap((each) => each.names), ...ADDED_COMMANDS];
  return { message: `Unknown command "${wrong}"`, hint: suggest(names) };
}

/** What a person who is used to `vpo db backup` should type. */
function withoutDb(args: readonly string[], names: readonly string[]): Correction {
  const at = args.indexOf(DB);
  const [verb = "", ...rest] = args.slice(at + 1);
  const message = `Unknown command "${DB}", which is VPO's`;
  if (!names.includes(verb)) return { message, hint: `See: ${PROGRAM} --help, or vpo db --help` };
  const words = [verb, ...args.slice(0, at), ...rest].map((word) => typedWord(word));
  return { message, hint: `Type: ${PROGRAM} ${words.join(" ")}` };
}

/** The candidates with the fewest mistakes to `word`, if they are few enough. */
export function nearestTo(word: string, candidates: readonly string[]): string[] {
  const most = Math.max(1, Math.floor(word.replace(/^-+/, "").length / LETTERS_PER_MISTAKE));
  const found = [...new Set(candidates)]
    .map((name) => ({ name, mistakes: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ mistakes }) => mistakes <= most);
  const fewest = Math.min(...found.map(({ mistakes }) => mistakes));
  return found.filter(({ mistakes }) => mistakes === fewest).map(({ name }) => name);
}

/**
 * Number of letters to insert, delete, substitute or transpose to turn one word into the other.
 *
 * Source: "optimal string alignment distance", after Damerau (1964).
 */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity;
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (isSame ? 0 : 1),
        isSwapped ? at(row - 2, column - 2) + 1 : Infinity,
      ));
    }
  }
  return at(a.length, b.length);
}

interface CommandWords {
  /** Its name, then its aliases. */
  readonly names: readonly string[];
  readonly options: readonly string[];
}

function commandsOf(usage: Usage): CommandWords[] {
  return usage.flatMap((term): CommandWords[] => {
    if (term.type !== "exclusive") return [];
    return term.terms.flatMap((branch) => {
      const [first] = branch;
      if (first?.type !== "command") return commandsOf(branch);
      return [{ names: [first.name, ...first.aliases ?? []], options: optionsOf(branch) }];
    });
  });
}

/** Names of the options in a usage, those of its commands left out. */
function optionsOf(usage: Usage): string[] {
  return usage.flatMap((term) => {
    if (term.type === "option") return [...term.names];
    return term.type === "optional" || term.type === "multiple" || term.type === "sequence"
      ? optionsOf(term.terms)
      : [];
  });
}
