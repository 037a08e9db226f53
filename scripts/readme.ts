import { join } from "node:path";
import { ERRORS } from "../src/errors.ts";
import { GRANTS } from "../src/grants.ts";

/** Keeps the README's tables the same as those in the code: `deno task readme` writes them. */
const README = join(import.meta.dirname ?? ".", "..", "README.md");

/** The tables, by the name that stands in the comments around each. */
const TABLES: Readonly<Record<string, () => string>> = { "exit codes": exitCodeTable, "grants": grantTable };

/** The README with its tables brought up to date. */
export function withTables(readme: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => withTable(text, name, table()), readme);
}

function withTable(readme: string, name: string, table: string): string {
  const [start, stop] = [`<!-- ${name}: written by deno task readme -->`, `<!-- end of ${name} -->`];
  const begin = readme.indexOf(start);
  const end = readme.indexOf(stop);
  if (begin === -1 || end < begin) throw new Error(`the README has no "${start}" before "${stop}"`);
  return `${readme.slice(0, begin + start.length)}\n\n${table}\n${readme.slice(end)}`;
}

function exitCodeTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { exit, when }]) => [`\`${code}\``, String(exit), when]);
  return markdownTable(["code", "exit", "when"], [["(success)", "0", "it was done, and checked"], ...rows]);
}

function grantTable(): string {
  const quoted = (values: readonly string[]) => values.map((value) => `\`${value}\``).join(", ");
  const rows = GRANTS.map(({ flag, values, what }) => [
    `\`${flag}\``,
    values.length === 0 ? "all files, or two directories" : quoted(values),
    what,
  ]);
  return markdownTable(["flag", "of", "to"], rows);
}

function markdownTable(title: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = title.map((_, column) => Math.max(...[title, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(title), line(widths.map((width) => "-".repeat(width))), ...rows.map(line), ""].join("\n");
}

if (import.meta.main) Deno.writeTextFileSync(README, withTables(Deno.readTextFileSync(README)));
