import { type Suggestion, suggestSync } from "@optique/core/parser";
import type { Usage } from "@optique/core/usage";
import { newestArchiveNames } from "../../engine/backup_directory.ts";
import { ARCHIVE_EXTENSIONS } from "../options/archive.ts";
import { type CommandLine, parserFor, wholeParser } from "../registry.ts";
import { shellNamed } from "./shells.ts";
import type { Io } from "../io.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { HELP } from "./page.ts";
import { TOPIC_NAMES } from "./topics.ts";

/** Archives suggested, at most: bash takes seconds for thousands of names. */
const MAX_ARCHIVES = 100;

/**
 * Answers a completion script. Completion never fails: what cannot be found out is just not suggested.
 *
 * @param request the shell's name, then the words after the program's name; the last one is being typed
 */
export function answerCompletion([shell, ...words]: readonly string[], io: Pick<Io, "env" | "out">): void {
  const form = shellNamed(shell);
  if (form === null) return;
  try {
    // The scripts skip empty lines, and some take each line for one suggestion.
    for (const chunk of form.encodeSuggestions(suggestionsFor(words, io.env))) io.out(chunk + "\n");
  } catch {
    // A message would land in the middle of what is being typed.
  }
}

/** What the last word may become. */
export function suggestionsFor(words: readonly string[], env: Io["env"]): Suggestion[] {
  const prefix = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const parser = before.length === 0 ? wholeParser() : parserFor(before);
  const names = commandNames(parser.usage);
  const isCommand = (suggestion: Suggestion) => suggestion.kind === "literal" && names.includes(suggestion.text);
  if (before[0] === HELP) {
    const topics = before.length === 1 ? TOPIC_NAMES.filter((name) => name.startsWith(prefix)).map(literal) : [];
    return [...suggestionsFor(words.slice(1), env).filter(isCommand), ...topics];
  }
  const found = suggest(parser, words);
  if (takesValue(before.at(-1), parser.usage) && !before.slice(0, -1).includes("--")) {
    return without(found, suggest(parser, [...before.slice(0, -1), prefix]));
  }
  if (prefix.startsWith("-") && !before.includes("--")) {
    const added = ["--help", "--version"].filter((name) => prefix.startsWith("--") && name.startsWith(prefix));
    return [...found.filter(({ kind }) => kind === "literal"), ...added.map(literal)];
  }
  const commands = (before.length === 0 || found.some(isCommand)) && HELP.startsWith(prefix) ? [literal(HELP)] : [];
  const archives = found.some(isArchive) ? archivesIn(before, prefix, env) : [];
  // If the shell itself lists as many files, it is asked for no more.
  const others = archives.length === MAX_ARCHIVES ? found.filter((suggestion) => !isArchive(suggestion)) : found;
  return [...others, ...commands, ...archives];
}

function suggest(parser: CommandLine, words: readonly string[]): Suggestion[] {
  const [first = "", ...rest] = words;
  return [...suggestSync(parser, [first, ...rest])];
}

/** The suggestions but the unwanted ones: while an option's value is typed, the parser also suggests arguments. */
function without(all: readonly Suggestion[], unwanted: readonly Suggestion[]): Suggestion[] {
  const left = unwanted.map((suggestion) => JSON.stringify(suggestion));
  return all.filter((suggestion) => {
    const index = left.indexOf(JSON.stringify(suggestion));
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

function archivesIn(words: readonly string[], prefix: string, env: Io["env"]): Suggestion[] {
  try {
    const named = { backupDir: valueOf("--backup-dir", words), config: valueOf("--config", words) };
    return newestArchiveNames(backupDirectory(named, env), prefix, MAX_ARCHIVES).map(literal);
  } catch {
    // There is no such directory, or it may not be read.
    return [];
  }
}

/** The value of an option among the words. */
function valueOf(option: string, words: readonly string[]): string | undefined {
  const joined = words.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
  const index = words.indexOf(option);
  return joined ?? (index === -1 ? undefined : words[index + 1]);
}

function takesValue(word: string | undefined, usage: Usage): boolean {
  return usage.some((term) => {
    if (term.type === "option") return term.metavar !== undefined && term.names.some((name) => name === word);
    if (term.type === "exclusive") return term.terms.some((branch) => takesValue(word, branch));
    return "terms" in term && takesValue(word, term.terms);
  });
}

function commandNames(usage: Usage): string[] {
  return usage.flatMap((term) => {
    if (term.type === "command") return [term.name];
    return term.type === "exclusive" ? term.terms.flatMap(commandNames) : [];
  });
}

function isArchive(suggestion: Suggestion): boolean {
  return suggestion.kind === "file" && suggestion.extensions === ARCHIVE_EXTENSIONS;
}

function literal(text: string): Suggestion {
  return { kind: "literal", text };
}
