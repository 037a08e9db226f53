import { join } from "node:path";
import { VERSION } from "../src/version.ts";

/** Prints the release notes of a tag: release_notes.ts v0.1.0. */
const CHANGELOG = join(import.meta.dirname ?? ".", "..", "CHANGELOG.md");

const VERIFYING = `
## Checking a download

\`sha256sum --check --ignore-missing SHA256SUMS\` beside the packages; where they were built tells
\`gh attestation verify FILE --repo OWNER/PROJECT\`.
`;

/**
 * What the changelog says of a version.
 *
 * @throws where the tag is not that of `version`, or the changelog has no date for it
 */
export function releaseNotes(changelog: string, tag: string, version: string): string {
  if (tag !== `v${version}`) throw new Error(`the tag ${tag} is not v${version}, which deno.json says`);
  const [, ...sections] = changelog.split(/^## /m);
  const section = sections.find((text) => text.startsWith(`${version} `));
  const [heading = "", ...lines] = section?.split("\n") ?? [];
  if (!/^\S+ \(\d{4}-\d{2}-\d{2}\)$/.test(heading)) {
    throw new Error(`the changelog has no heading "## ${version} (YYYY-MM-DD)"`);
  }
  return `${lines.join("\n").trim()}\n${VERIFYING}`;
}

if (import.meta.main) {
  const notes = releaseNotes(Deno.readTextFileSync(CHANGELOG), Deno.args[0] ?? "", VERSION);
  Deno.stdout.writeSync(new TextEncoder().encode(notes));
}
