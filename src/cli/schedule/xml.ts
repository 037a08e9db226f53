/**
 * Text as the content of an XML element in a file of unknown encoding: pure ASCII, which is the same in whatever a
 * shell may save it in.
 */
export function asciiXmlText(text: string): string {
  return xmlText(text).replace(/\P{ASCII}/gu, (character) => `&#x${character.codePointAt(0)?.toString(16)};`);
}

/** Text as the content of an XML element. */
export function xmlText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
