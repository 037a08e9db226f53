import assert from "node:assert/strict";
import { releaseNotes } from "../../scripts/release_notes.ts";

const CHANGELOG =
  "# Changelog\n\n## 1.1.0 (not released)\n\n- New.\n\n## 1.0.0 (2026-02-05)\n\n- First.\n- And `more`.\n";

Deno.test("releaseNotes: what the changelog says of the version, and how to check a download", () => {
  const notes = releaseNotes(CHANGELOG, "v1.0.0", "1.0.0");
  assert(notes.startsWith("- First.\n- And `more`.\n\n## Checking a download\n"));
  assert.equal(notes.includes("New"), false);
});

Deno.test("releaseNotes: no notes for a version without a date, without a section, or with another tag", () => {
  assert.throws(() => releaseNotes(CHANGELOG, "v1.1.0", "1.1.0"), /no heading "## 1\.1\.0 \(YYYY-MM-DD\)"/);
  assert.throws(() => releaseNotes(CHANGELOG, "v1.0", "1.0"), /no heading/);
  assert.throws(() => releaseNotes(CHANGELOG, "v1.0.1", "1.0.0"), /the tag v1\.0\.1 is not v1\.0\.0/);
});
