/** The few macros of man(7) that the manual page is written with. */

/** Text that stands for itself, wherever in a line it comes to stand. */
export function escape(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("^", "\\(ha").replaceAll("~", "\\(ti");
}

export function bold(text: string): string {
  return `\\fB${escape(text)}\\fR`;
}

/** What a user puts something in the place of. */
export function placeholder(text: string): string {
  return `\\fI${escape(text)}\\fR`;
}

/** Longest line of text, in characters. */
const MAX_LINE = 78;

/** Running text in lines of a length that people can edit; a dot or an apostrophe at a line's start would be a request. */
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

/** A value for a macro, which takes a blank for its end. */
export function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', "\\(dq")}"`;
}

export function section(title: string, ...content: readonly string[]): string[] {
  return [`.SH ${quoted(title)}`, ...content];
}

export function subsection(title: string, ...content: readonly string[]): string[] {
  return [`.SS ${quoted(title)}`, ...content];
}

/** A term with its explanation, indented below it. */
export function entry(term: string, explanation: string): string[] {
  return [".TP", line(term), ...prose(explanation)];
}

/** Lines that are to stay as they are. */
export function verbatim(lines: readonly string[]): string[] {
  return [".EX", ...lines.map((text) => line(escape(text))), ".EE"];
}
