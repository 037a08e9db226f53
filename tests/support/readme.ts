import assert from "node:assert/strict";

/**
 * The blocks in a language of a section of a README.
 *
 * @param path from the root of the project
 * @param title the section's whole first line, which begins with two #
 */
export function readmeBlocks(path: string, title: string, language: string): string[] {
  const readme = Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  const begin = readme.indexOf(`${title}\n`);
  assert.notEqual(begin, -1, `${path} has no section "${title}"`);
  const end = readme.indexOf("\n## ", begin);
  return Array.from(readme.slice(begin, end).matchAll(/^```(\w+)\n([^]*?)^```$/gm))
    .filter(([, named]) => named === language)
    .map(([, , text = ""]) => text);
}
