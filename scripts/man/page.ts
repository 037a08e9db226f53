import { ERRORS } from "../../src/errors.ts";
import { GRANTS, NEVER_GRANTED } from "../../src/grants.ts";
import { VERSION } from "../../src/version.ts";
import { type Command, type CommandLine, type Parameter, type ParameterGroup, readCommandLine } from "./commands.ts";
import { bold, entry, escape, placeholder, prose, quoted, section, subsection, verbatim } from "./roff.ts";

const PROGRAM = "vpo-backup";
/** Words in capitals that are values or that stand for something. */
const METAVAR = /^[A-Z][A-Z0-9_-]*$/;

/** What each environment variable is for that the program may read. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  HOME: "The home directory, which ~ stands for and which VPO's directory is in.",
  USERPROFILE: "The home directory on Windows.",
  VPO_DATABASE_PATH: "The library, unless --library names it.",
  VPO_CONFIG_PATH: "VPO's config.toml, whose database_path names the library if nothing else does.",
  VPO_DATA_DIR: "The directory of library.db and backups, if there is no library in ~/.vpo.",
  VPO_BACKUP_DIR: "The backup directory, unless --backup-dir names it.",
  VPO_BACKUP_CONFIG: "File with your rules, in place of ~/.vpo/backup.toml, unless --config names one.",
  VPO_BACKUP_COPY_TO:
    "Places for second copies, separated by colons (on Windows, semicolons), unless --copy-to names some.",
  NO_COLOR: "If it is set and not empty, no colors are printed.",
  TERM: "If it is dumb or not set, nothing is colored or redrawn.",
};

/** Options that the parser's facade adds, which no help page lists. */
const OWN_OPTIONS: readonly Parameter[] = [
  { names: ["-h", "--help"], metavar: null, description: "Print help, or that of the command that is named." },
  { names: ["--version"], metavar: null, description: "Print the version." },
];

const FILES: Readonly<Record<string, string>> = {
  "~/.vpo/library.db": "VPO's library, unless its config.toml has a database_path.",
  "~/.vpo/config.toml": "VPO's settings, of which only database_path is read.",
  "~/.vpo/backup.toml": "Your rules for all commands; see the command config.",
  "~/.vpo/backups/vpo-library-*.tar.gz": "The backups, named after the time at which they were made, in UTC.",
  "~/.vpo/library.db.before-restore-*": "Libraries that a restore replaced; the last three are kept.",
};

/**
 * The manual page vpo-backup(1), generated from what the help is generated from.
 *
 * @param date on which it last changed, as 2026-02-05
 */
export function manualPage(date: string, commandLine: CommandLine = readCommandLine()): string {
  const lines = [
    '.\\" Written by deno task man.',
    `.TH ${quoted(PROGRAM.toUpperCase())} 1 "${date}" ${quoted(`${PROGRAM} ${VERSION}`)} "User Commands"`,
    ...section("NAME", `${escape(PROGRAM)} \\- back up, check and restore VPO's library`),
    ...section("SYNOPSIS", ...synopsis(commandLine.commands)),
    ...section("DESCRIPTION", ...paragraphs(DESCRIPTION)),
    ...section("COMMANDS", ...commandLine.commands.flatMap(describeCommand)),
    ...section(
      "OPTIONS",
      "Every command takes these, before or after its name.",
      ...OWN_OPTIONS.flatMap(describe),
      ...commandLine.globals.flatMap(describe),
    ),
    ...section("EXIT STATUS", ...exitStatus()),
    ...section(
      "ENVIRONMENT",
      ...GRANTS.flatMap(({ flag, values }) => flag === "--allow-env" ? values : []).flatMap(variable),
    ),
    ...section("FILES", ...Object.entries(FILES).flatMap(([name, what]) => entry(placeholder(name), escape(what)))),
    ...section("SANDBOX", ...sandbox()),
    ...section("SEE ALSO", "\\fBtar\\fR(1), \\fBsqlite3\\fR(1)"),
  ];
  return lines.join("\n") + "\n";
}

const DESCRIPTION = [
  "VPO (Video Policy Orchestrator) keeps what it learns about a video collection in one SQLite database, the " +
  `library. ${PROGRAM} backs it up into .tar.gz archives, and restores one on the day it is needed. ` +
  "Media files are not in the library and are never touched.",
  "VPO keeps running during a backup. Every backup is checked: the copy passes SQLite's own check, and the archive " +
  "is read back to its end before it gets its name. A restore checks everything again before it changes " +
  "anything, replaces the library in one step and keeps the old one.",
];

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, index) => index === 0 ? prose(escape(text)) : [".PP", ...prose(escape(text))]);
}

function synopsis(commands: readonly Command[]): string[] {
  return commands.flatMap(({ name, operands }, index) => {
    const more = operands.map((operand) => ` ${operand.replace(/[\w-]+/, placeholder)}`).join("");
    const usage = `${bold(`${PROGRAM} ${name}`)} [${placeholder("OPTION")}]...${more}`;
    return index === 0 ? [usage] : [".br", usage];
  });
}

function describeCommand({ name, aliases, description, groups, examples }: Command): string[] {
  const also = aliases.length === 0 ? [] : [".PP", `Another name for it is ${aliases.map(bold).join(", ")}.`];
  const shown = examples.length === 0 ? [] : [".PP", "Examples:", ".PP", ...verbatim(examples)];
  return subsection(name, ...prose(escape(description)), ...also, ...groups.flatMap(describeGroup), ...shown);
}

function describeGroup({ title, parameters }: ParameterGroup): string[] {
  const heading = title === null || parameters.length === 0 ? [] : [".PP", ...prose(escape(`${title}:`))];
  return [...heading, ...parameters.flatMap(describe)];
}

function describe({ names, metavar, description }: Parameter): string[] {
  const value = metavar === null ? "" : METAVAR.test(metavar) ? placeholder(metavar) : escape(metavar);
  const term = names.length === 0 ? value : names.map(bold).join(", ") + (value === "" ? "" : ` ${value}`);
  return entry(term, escape(description));
}

function exitStatus(): string[] {
  const reasons = new Map<number, string[]>([[0, ["it was done, and checked"]]]);
  for (const { exit, when } of Object.values(ERRORS)) reasons.set(exit, [...reasons.get(exit) ?? [], when]);
  return [...reasons].flatMap(([exit, when]) => entry(bold(String(exit)), escape(when.join("; or "))));
}

function variable(name: string): string[] {
  const what = ENVIRONMENT[name];
  if (what === undefined) throw new Error(`the manual does not say what ${name} is for`);
  return entry(bold(name), escape(what));
}

function sandbox(): string[] {
  const grants = GRANTS.flatMap(({ values, what }) =>
    entry(escape(what), values.length === 0 ? "All of them, or those fixed by the build." : values.map(bold).join(", "))
  );
  return [
    ...prose(escape(`The executable is granted what follows, and never: ${NEVER_GRANTED}.`)),
    ...grants,
    ".PP",
    ...prose(
      "What touches databases and archives runs in a part of it that may use just the directories of the command at hand.",
    ),
  ];
}
