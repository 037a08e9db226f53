import { join } from "node:path";
import { ERRORS } from "../src/errors.ts";

/** Keeps the README's table of exit codes the same as the one in the code: `deno task readme` writes it. */
const README = join(import.meta.dirname ?? ".", "..", "README.md");
const BEGIN = "<!-- exit codes: written by deno task readme -->";
const END = "<!-- end of exit codes -->";

/** The README with the table brought up to date. */
export function withExitCodes(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`the README has no "${BEGIN}" before "${END}"`);
  return `${readme.slice(0, begin + BEGIN.length)}\n\n${exitCodeTable()}\n${readme.slice(end)}`;
}

function exitCodeTable(): string {
  const rows = Object.entries(ERRORS).map(([code, { exit, when }]) => [`\`${code}\``, String(exit), when]);
  const cells = [["code", "exit", "when"], ...[["(success)", "0", "it was done, and checked"]], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  const [title = [], ...body] = cells;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [line(title), rule, ...body.map(line), ""].join("\n");
}

if (import.meta.main) Deno.writeTextFileSync(README, withExitCodes(Deno.readTextFileSync(README)));
