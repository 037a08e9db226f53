/**
 * The few macros of man(7) that the manual page uses.
 *
 * @module
 */

/** Literal text, escaped for any place in a line. */
export function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti");
}

/** Bold text. */
export function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

/** Text that a user replaces by a value. */
export function placeholder(text: string): string {
  return `\\fI${escape(text)}\\fR`;
}

/** Longest line of text, in characters. */
const MAX_LINE = 78;

/** Running text in lines of an editable length; a dot or an apostrophe at the start of one would be a request. */
export function prose(roff: string): string[] {
  const lines: string[] = [];
  let current = "";
  for (const word of roff.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (longer.length <= MAX_LINE) current = longer;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current].map(line);
}

function line(roff: string): string {
  return /^[.']/.test(roff) ? `\\&${roff}` : roff;
}

/** An argument of a macro, which otherwise ends at a blank. */
export function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', "\\(dq")}"`;
}

/** A section with its heading. */
export function section(title: string, ...content: readonly string[]): string[] {
  return [`.SH ${quoted(title)}`, ...content];
}

/** A subsection with its heading. */
export function subsection(title: string, ...content: readonly string[]): string[] {
  return [`.SS ${quoted(title)}`, ...content];
}

/** A term with its explanation, indented below it. */
export function entry(term: string, explanation: string): string[] {
  return [".TP", line(term), ...prose(explanation)];
}

/** Lines printed as they are. */
export function verbatim(lines: readonly string[]): string[] {
  return [".EX", ...lines.map((text) => line(escape(text))), ".EE"];
}
