import { stripControls } from "../format.ts";

const REPLACED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML made by this program; anything else that is put into a page is text. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Part = string | number | Markup | readonly Markup[];

/** Joins markup and text; text loses its control characters, and cannot begin a tag or end an attribute. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((string, index) => string + htmlOf(parts[index] ?? "")).join(""));
}

function htmlOf(part: Part): string {
  if (part instanceof Markup) return part.html;
  if (Array.isArray(part)) return part.map(({ html }: Markup) => html).join("");
  return stripControls(String(part)).replace(/[&<>"']/g, (character) => REPLACED[character] ?? "");
}
