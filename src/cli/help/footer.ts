import type { Message } from "@optique/core/message";
import { ERRORS } from "../../errors.ts";
import { GRANTS, NEVER_GRANTED } from "../../grants.ts";
import { lines } from "./examples.ts";

const VALUES_COLUMNS = 60;

/** The end of the help page: the grants and the exit codes, each as it stands in the one table of it. */
export function helpFooter(): Message {
  return lines("Sandbox:", ...grants(), "", "Exit codes:", ...exitCodes());
}

function grants(): string[] {
  const width = Math.max(...GRANTS.map(({ flag }) => flag.length));
  const rows = GRANTS.flatMap(({ flag, values, what }) =>
    [what, ...wrapped(values)].map((text, index) => `  ${(index === 0 ? flag : "").padEnd(width)}  ${text}`)
  );
  return [...rows, `  ${"never".padEnd(width)}  ${NEVER_GRANTED}`];
}

/** Words with commas between them, in lines of a width that fits beside the flags. */
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
