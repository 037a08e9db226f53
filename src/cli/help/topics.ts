import type { Message } from "@optique/core/message";
import { getDocPage } from "@optique/core/parser";
import { ERRORS } from "../../errors.ts";
import { GRANTS, NEVER_GRANTED } from "../../grants.ts";
import { PROGRAM } from "../../program.ts";
import { wholeParser } from "../registry.ts";
import { lines } from "./examples.ts";
import { formatHelp, HELP } from "./page.ts";

const VALUES_COLUMNS = 60;

/** Help pages besides those of the commands, in lines. */
const TOPICS: Readonly<Record<string, () => readonly string[]>> = {
  options: () => [
    globalOptionsPage(),
    "  -h, --help                  Show help information.",
    "  --version                   Show version information.",
    "",
    "Times are in UTC. Sizes count in powers of 1024: 1 MB is 1,048,576 bytes.",
  ],
  "exit-codes": () => ["Exit codes:", ...exitCodes()],
  sandbox: () => ["Sandbox:", ...grants()],
  format: () => FORMAT,
};

const FORMAT = [
  "A backup is one .tar.gz file, named after the moment it was made (UTC). GNU tar,",
  "Python's tarfile and VPO read it, too. It holds:",
  "",
  "  backup_metadata.json  time, schema, number of files, size and SHA-256",
  "  settings/             config.toml, policies, profiles, plugins (if included)",
  "  library.db            the library, a SQLite database",
  "",
  "To get the library out without this program:",
  "  tar -xzf vpo-library-2026-02-05T14-30-22Z.tar.gz library.db",
  "",
  "Archives are not encrypted; only their owner can read them (mode 0600).",
];

/** Names of the pages, as they are typed after `help`. */
export const TOPIC_NAMES: readonly string[] = Object.keys(TOPICS);

/** The end of the overview: where to find more. */
export function topicsFooter(): Message {
  return lines(`More: ${PROGRAM} ${HELP} COMMAND, or ${HELP} with one of: ${TOPIC_NAMES.join(", ")}`);
}

/** The page for `help TOPIC`, as it is printed; null where a command line asks for something else. */
export function topicPage([first, topic = ""]: readonly string[]): string | null {
  if (first !== HELP || !Object.hasOwn(TOPICS, topic)) return null;
  return [...TOPICS[topic]?.() ?? [], ""].join("\n");
}

function globalOptionsPage(): string {
  const page = getDocPage(wholeParser(), []);
  const sections = page?.sections.filter(({ title }) => title !== undefined) ?? [];
  return formatHelp({ sections }).trim();
}

function grants(): string[] {
  const width = Math.max(...GRANTS.map(({ flag }) => flag.length));
  const rows = GRANTS.flatMap(({ flag, values, what }) =>
    [what, ...wrapped(values)].map((text, index) => `  ${(index === 0 ? flag : "").padEnd(width)}  ${text}`)
  );
  return [...rows, `  ${"never".padEnd(width)}  ${NEVER_GRANTED}`];
}

/** Words separated by commas, in lines that fit beside the flags. */
function wrapped(words: readonly string[]): string[] {
  const made: string[] = [];
  for (const [index, word] of words.entries()) {
    const text = index === words.length - 1 ? word : `${word},`;
    const last = made.at(-1);
    if (last === undefined || last.length + text.length >= VALUES_COLUMNS) made.push(text);
    else made[made.length - 1] = `${last} ${text}`;
  }
  return made;
}

function exitCodes(): string[] {
  const rows = new Map<number, string[]>([[0, ["success"]]]);
  for (const { exit, when } of Object.values(ERRORS)) rows.set(exit, [...rows.get(exit) ?? [], when]);
  return [...rows].flatMap(([exit, reasons]) =>
    reasons.map((when, index) => `${index === 0 ? String(exit).padStart(5) : "     "}  ${when}`)
  );
}
