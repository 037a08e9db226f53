import assert from "node:assert/strict";
import type { BackupEntry, Status } from "../../../src/engine/protocol/mod.ts";
import { type ReportFacts, reportPage } from "../../../src/output/report/page.ts";
import { DIAGNOSED } from "../../support/diagnoses.ts";
import { DAMAGED_ENTRY, ENTRY, listed } from "../../support/results.ts";

const MB = 1024 * 1024;

function status(changes: Partial<Status> = {}): Status {
  assert(DIAGNOSED.status !== null);
  return { ...DIAGNOSED.status, checkedAt: "2026-02-06T12:00:00.000Z", concerns: [], copies: [], ...changes };
}

function page(facts: Partial<ReportFacts> = {}): string {
  return reportPage({ listed: listed(ENTRY, DAMAGED_ENTRY), status: status(), plan: null, version: "1.2.3", ...facts });
}

/** A backup as the ordinary one, of another day. */
function entryOf(day: string, changes: Partial<BackupEntry> = {}): BackupEntry {
  return { ...ENTRY, filename: `vpo-library-${day}T03-00-00Z.tar.gz`, createdAt: `${day}T03:00:00Z`, ...changes };
}

Deno.test("reportPage: loads nothing and runs nothing", () => {
  const html = page();
  assert.doesNotMatch(html, /<script|\bsrc=|\bhref=|url\(|@import|\son\w+=/i);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/);
});

Deno.test("reportPage: a hostile name is text, wherever it stands", () => {
  const hostile = `"><script>alert(1)</script>'\u202e\x1b[2J&amp;`;
  const html = page({
    listed: {
      ...listed(entryOf("2026-02-05", { filename: hostile, error: hostile, fault: "damaged" })),
      directory: hostile,
    },
    status: status({
      directory: hostile,
      concerns: ["no_backup"],
      library: { path: hostile, state: "found", isSeenToDiffer: null, fileCount: 1, error: hostile },
    }),
    plan: hostile,
  });
  assert.doesNotMatch(html, /<script/);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(html, /[\u202e\x1b]/);
  assert(html.includes("&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;"));
  assert(html.includes("&amp;amp;"), "what looks like an entity is text, too");
});

Deno.test("reportPage: how it stands is said in the words of status", () => {
  assert.match(page(), /class="verdict ok">Safely backed up</);
  const bad = page({ status: status({ concerns: ["low_space"], needed: 3 * MB }) });
  assert.match(bad, /class="verdict warning">Needs attention soon<[^]*<li>there is no space for two more backups: /);
  assert.match(page({ status: status({ concerns: ["no_backup"] }) }), /class="verdict critical">Not safely backed up</);
});

Deno.test("reportPage: the calendar has each day of the last twelve months, from the first backup on", () => {
  const entries = [
    entryOf("2026-02-06"),
    entryOf("2026-02-04", { fault: "damaged", error: "it ends too early", metadata: null }),
    entryOf("2026-02-03"),
    entryOf("2026-02-02", { origin: "other" }),
  ];
  const html = page({ listed: listed(...entries) });
  const stateOf = (day: string) => new RegExp(`class="(\\w+)"><title>${day}:`).exec(html)?.[1];
  assert.deepEqual(
    ["2026-02-07", "2026-02-06", "2026-02-05", "2026-02-04", "2026-02-03", "2026-02-02", "2025-02-06"].map(stateOf),
    [undefined, "kept", "missing", "damaged", "kept", "before", "before"],
  );
  assert.match(html, /2 days with a backup, 1 without/);
  assert.equal(html.match(/<rect /g)?.length, 369, "a year, and the days of its first week before it");
});

Deno.test("reportPage: says how long the free space lasts", () => {
  const entries = [entryOf("2026-02-06", { archiveSize: MB }), entryOf("2026-02-05", { archiveSize: MB })];
  const words = (free: number | null) =>
    /<p>The backups take [^<]*/.exec(page({ listed: listed(...entries), status: status({ free }) }))?.[0];
  assert.match(words(4 * MB) ?? "", /; 4\.0 MB are free, enough for 2 months at the pace of the last 30 days/);
  assert.match(words(1024 ** 4) ?? "", /enough for more than ten years at/);
  assert.doesNotMatch(words(null) ?? "", /free/);
});

Deno.test("reportPage: what the rules would do stands beside each backup", () => {
  const [kept, gone, other] = [
    entryOf("2026-02-06"),
    entryOf("2026-02-05"),
    entryOf("2026-02-04", { origin: "other" }),
  ];
  const file = ({ filename, createdAt, archiveSize }: BackupEntry) => ({
    filename,
    createdAt,
    archiveSize,
    identity: "",
    content: "",
  });
  const html = page({
    listed: listed(kept, gone, other),
    plan: {
      kind: "prune planned",
      directory: "/d",
      kept: [{ ...file(kept), reasons: ["daily"] }],
      removed: [{ ...file(gone), reason: "unneeded" }],
      newest: [],
      leftAlone: [],
      doubtful: [],
    },
  });
  const rows = Array.from(html.matchAll(/<tr><td class="name">vpo-library-([\d-]+)T[^]*?<td>([^<]*)<\/td><\/tr>/g));
  assert.deepEqual(rows.map(([, day, rule]) => [day, rule]), [
    ["2026-02-06", "kept: daily"],
    ["2026-02-05", "not kept"],
    ["2026-02-04", "left alone"],
  ]);
});
