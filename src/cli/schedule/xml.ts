/**
 * Text as the content of an XML element in a file whose encoding nobody knows: with nothing but ASCII in it, which is the
 * same in all that a shell may save it in.
 */
export function asciiXmlText(text: string): string {
  return xmlText(text).replace(/\P{ASCII}/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
}

/** Text as the content of an XML element. */
export function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
