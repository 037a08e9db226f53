import type { Diagnosed } from "../../engine/protocol/mod.ts";
import { PROGRAM } from "../../program.ts";
import type { Palette } from "../color.ts";
import { findingsOf, worstOf } from "../diagnosis.ts";
import type { Finding, Level } from "../diagnosis/finding.ts";
import { formatPlural, stripControls, textWidth, wrapText } from "../format.ts";
import type { View } from "../view.ts";

const LEVEL_COLUMNS = "problem".length + 2;
const SUBJECT_COLUMNS = "Permissions".length + 2;

/** What stands before an advised command. */
const COMMAND = new RegExp(`: (?=(?:${PROGRAM}|chmod|sqlite3) )`);

/** What an examination found, line by line. */
export const diagnosedView: View<Diagnosed> = {
  isAnswer: true,
  document(diagnosed) {
    const findings = findingsOf(diagnosed);
    return {
      verdict: worstOf(findings),
      findings: findings.map(({ level, subject, message, hint }) => ({ level, subject, message, hint })),
    };
  },
  lines(diagnosed, { isTerminal, columns, palette }) {
    const findings = findingsOf(diagnosed);
    const width = isTerminal ? Math.max(columns - LEVEL_COLUMNS - SUBJECT_COLUMNS - 1, 1) : Infinity;
    return [...findings.flatMap((finding) => describe(finding, width, palette)), "", summarize(findings)];
  },
  verdict(diagnosed) {
    const worst = worstOf(findingsOf(diagnosed));
    return worst === "ok" ? null : worst === "warning" ? "warning" : "critical";
  },
};

function describe({ level, subject, message, hint }: Finding, width: number, palette: Palette): string[] {
  const texts = [
    ...wrapped(stripControls(message), width),
    ...(hint === null ? [] : wrapped(stripControls(hint), width)),
  ];
  const margin = " ".repeat(LEVEL_COLUMNS + SUBJECT_COLUMNS);
  return texts.map((text, index) =>
    index === 0 ? colored(level, palette) + subject.padEnd(SUBJECT_COLUMNS) + text : margin + text
  );
}

/** A command that is advised stays in one line, for half of one, pasted, is another command. */
function wrapped(text: string, width: number): string[] {
  const [before = "", command] = text.split(COMMAND, 2);
  if (command === undefined || textWidth(text) <= width) return wrapText(text, width);
  return [...wrapText(`${before}:`, width), text.slice(before.length + ": ".length)];
}

function colored(level: Level, palette: Palette): string {
  const word = level.padEnd(LEVEL_COLUMNS);
  return level === "ok" ? word : level === "warning" ? palette.warning(word) : palette.error(word);
}

function summarize(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  if (problems + warnings === 0) return "All is well.";
  const told = [
    ...(problems === 0 ? [] : [formatPlural(problems, "problem")]),
    ...(warnings === 0 ? [] : [formatPlural(warnings, "warning")]),
  ];
  return `${told.join(" and ")}.`;
}
