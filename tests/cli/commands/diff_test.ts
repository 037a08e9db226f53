import assert from "node:assert/strict";
import { join } from "node:path";
import type { DiffPart, DiffRequest } from "../../../src/engine/protocol/mod.ts";
import { runEngine } from "../../../src/engine/worker/client.ts";
import { execute, query } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { NO_PLACES } from "../../support/settings.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;
const NEW_FILE = "/srv/media/\x1b[2Jnew\u202e.mkv";

/** A home whose library has changed since its one backup: 8 files gone, 1 new, 12 changed. */
async function changedHome(): Promise<Home> {
  const home = Home.withLibrary();
  const { code, stderr } = await home.run(["backup", "-q"]);
  assert.equal(code, 0, stderr);
  execute(
    home.library,
    `PRAGMA foreign_keys = ON;
    DELETE FROM files WHERE id % 50 = 0;
    UPDATE files SET size_bytes = size_bytes + 1 WHERE id % 60 = 1;
    UPDATE files SET modified_at = '2026-03-01', content_hash = 'x' WHERE id % 77 = 1;
    INSERT INTO files (path, filename, directory, extension, size_bytes, modified_at, scanned_at)
      VALUES ('${NEW_FILE}', 'n', 'd', '.mkv', 5000000, 'x', '2026-06-01T00:00:00+00:00')`,
  );
  return home;
}

interface Document {
  readonly from: { readonly path: string };
  readonly to: { readonly path: string };
  readonly files: Readonly<Record<string, number>>;
  readonly tables: readonly { readonly name: string; readonly from_rows: number; readonly to_rows: number }[];
  readonly differences: readonly { path: string; change: string; fields: string[] }[] | null;
  readonly differences_left_out: number | null;
}

async function documentOf(home: Home, ...args: string[]): Promise<Document> {
  const { code, stdout, stderr } = await home.run(["diff", "--json", ...args]);
  assert.deepEqual([code, stderr], [0, ""], stdout);
  return home.document(stdout) as Document;
}

Deno.test("diff: the newest backup against the library, with the direction said", async () => {
  using home = await changedHome();
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["diff"]);
  assert.equal(
    home.masked(stdout),
    `From: HOME/.vpo/backups/vpo-library-NOW.tar.gz
      backup of NOW UTC
      400 files, schema v27, newest scan 2026-02-28 21:30:42 UTC
To:   HOME/.vpo/library.db
      the library as it is now
      393 files, schema v27, newest scan 2026-06-01 00:00:00 UTC

Files only in the backup:     8 (221.0 GB)
Files only in the library:    1 (4.8 MB)
Changed files:               12
Unchanged files:            380

Table    Rows from   Rows to   Change
─────────────────────────────────────
files          400       393       -7
tracks       1,833     1,797      -36
14 tables with as many rows on both sides
`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
  assert.deepEqual(await home.run(["diff", "latest", "-q"]), { code, stdout, stderr });
});

Deno.test("diff --files: names them in the order of their paths, as many as --limit says", async () => {
  using home = await changedHome();
  const { code, stdout } = await home.run(["diff", "--limit", "3"]);
  assert.equal(code, 0);
  assert.equal(
    stdout.slice(stdout.indexOf("\n\n- ")),
    `

- only in the backup, + only in the library, ~ changed
+ /srv/media/�[2Jnew�.mkv
~ /srv/media/Animé/Field Quiet Glass Sky (2006)/Field Quiet Glass Sky [1080p] 309.mkv (content, modified time)
- /srv/media/Animé/Glass Line (2025)/Glass Line [1080p] 250.mkv
18 more files not shown: see --limit
`,
  );
  const all = await home.run(["diff", "--files"]);
  const marks = all.stdout.split("\n").filter((line) => /^[-+~] \//.test(line)).map((line) => line[0]);
  assert.equal(marks.length, 21);
  assert.deepEqual(["-", "+", "~"].map((mark) => marks.filter((one) => one === mark).length), [8, 1, 12]);
  assert.doesNotMatch(all.stdout, /not shown/);
});

Deno.test("diff --json: one document", async () => {
  using home = await changedHome();
  const { tables, differences, ...document } = await documentOf(home, "--limit", "2");
  assert.deepEqual(document, {
    success: true,
    from: {
      kind: "backup",
      path: "HOME/.vpo/backups/vpo-library-NOW.tar.gz",
      created_at: "NOW",
      schema_version: 27,
      file_count: 400,
      newest_scan_at: "2026-02-28T21:30:42Z",
    },
    to: {
      kind: "library",
      path: "HOME/.vpo/library.db",
      created_at: null,
      schema_version: 27,
      file_count: 393,
      newest_scan_at: "2026-06-01T00:00:00Z",
    },
    files: {
      only_in_from_count: 8,
      only_in_from_bytes: 237_299_571_107,
      only_in_to_count: 1,
      only_in_to_bytes: 5_000_000,
      changed_count: 12,
      unchanged_count: 380,
    },
    settings: { only_in_from: [], only_in_to: [], changed: [], unchanged_count: 0 },
    differences_left_out: 19,
    warnings: [],
  });
  assert.equal(tables.length, 16);
  assert.deepEqual(tables.find(({ name }) => name === "files"), { name: "files", from_rows: 400, to_rows: 393 });
  assert.deepEqual(differences?.[0], { path: NEW_FILE, change: "only_in_to", fields: [] });
  assert.deepEqual(differences?.[1]?.fields, ["content", "modified_time"]);
  const { differences: none, differences_left_out: leftOut } = await documentOf(home);
  assert.deepEqual([none, leftOut], [null, null]);
});

Deno.test("diff BACKUP BACKUP: the first against the second; the other way round it is the other way round", async () => {
  using home = new Home();
  for (const name of [OLD, PRESENT]) home.putArchive(name);
  const { code, stdout, stderr } = await home.run(["diff", OLD, PRESENT]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(
    home.masked(stdout),
    new RegExp(`^From: HOME/\\.vpo/backups/${OLD}\n[^]*\nTo:   HOME/\\.vpo/backups/${PRESENT}\n`),
  );
  assert.match(stdout, /^Files only in the first backup: {3}120 \(3\.2 TB\)$/m);
  assert.match(stdout, /^Files only in the second backup: {2}400 \(10\.9 TB\)$/m);
  const forth = await documentOf(home, OLD, PRESENT);
  const back = await documentOf(home, PRESENT, OLD);
  assert.deepEqual([back.from, back.to], [forth.to, forth.from]);
  assert.equal(back.files["only_in_from_count"], forth.files["only_in_to_count"]);
  const same = await documentOf(home, PRESENT, PRESENT);
  assert.equal(same.files["unchanged_count"], 400);
});

testMore("diff: a library that is the same says so", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const { stdout } = await home.run(["diff", "--files"]);
  assert.match(stdout, /^Unchanged files: {12}400\n\nRows: the same number in 16 tables\n$/m);
});

testMore("diff: agrees with SQLite about what has changed, whatever the paths", async () => {
  using home = await changedHome();
  const before = home.putLibrary(join(home.path, "before.db"));
  // The order of these two characters is another one in UTF-8 than in UTF-16.
  execute(before, "UPDATE files SET path = '/é/' || char(65535) || id WHERE id % 11 = 0");
  execute(home.library, "UPDATE files SET path = '/é/' || char(128512) || id WHERE id % 9 = 0");
  assert.equal((await home.run(["backup", "-q", "--library", before, "-o", "before.tar.gz"])).code, 0);
  const { files } = await documentOf(home, "./before.tar.gz");
  const same = "f.size_bytes IS g.size_bytes AND f.content_hash IS g.content_hash AND f.modified_at IS g.modified_at";
  execute(home.library, `ATTACH '${before}' AS b; CREATE TABLE before AS SELECT * FROM b.files`);
  const counts = [
    "before WHERE path NOT IN (SELECT path FROM files)",
    "files WHERE path NOT IN (SELECT path FROM before)",
    `files f JOIN before g USING (path) WHERE NOT (${same})`,
    `files f JOIN before g USING (path) WHERE ${same}`,
  ].flatMap((rows) => query(home.library, `SELECT count(*) FROM ${rows}`));
  const names = ["only_in_from_count", "only_in_to_count", "changed_count", "unchanged_count"];
  assert.deepEqual(names.map((name) => files[name]), counts);
});

testMore("diff: leaves nothing behind, unpacks where --temp-dir says", async () => {
  using home = await changedHome();
  Deno.mkdirSync(join(home.path, "room"));
  const before = home.state();
  assert.equal((await home.run(["diff", "--temp-dir", "room", "-q"])).code, 0);
  assert.deepEqual(home.state(), before);
  const missing = await home.run(["diff", "--temp-dir", "lost"]);
  assert.deepEqual(missing, {
    code: 20,
    stdout: "",
    stderr: 'Error: Cannot compare: there is no directory "lost"\nCheck its name.\n',
  });
});

Deno.test("diff: what cannot be compared is refused with the right code", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const damaged = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
  Deno.writeTextFileSync(join(home.backups, damaged), "scrambled");
  const refusal = async (...args: string[]) => {
    const { code, stdout, stderr } = await home.run(["diff", ...args]);
    assert.equal(stdout, "");
    return [code, home.masked(stderr).split("\n")[0]];
  };
  assert.deepEqual(await refusal("lost.tar.gz"), [
    20,
    'Error: Cannot compare "lost.tar.gz": there is no such archive in "HOME/.vpo/backups" or the current directory',
  ]);
  const [code, why] = await refusal(damaged);
  assert.equal(code, 46);
  assert.match(
    String(why),
    new RegExp(`^Error: Cannot compare "HOME/\\.vpo/backups/${damaged}": the archive is damaged`),
  );
  assert.deepEqual(await refusal("--fils"), [2, 'Error: Unknown option "--fils"']);
  execute(home.library, "ALTER TABLE files RENAME TO f; CREATE TABLE files AS SELECT * FROM f");
  assert.deepEqual(await refusal(), [
    42,
    'Error: Cannot compare: the files of "HOME/.vpo/library.db" cannot be read in order: its table of files has no index on the paths',
  ]);
  Deno.writeTextFileSync(home.library, "scrambled");
  assert.match(
    String(await refusal()),
    /^42,Error: Cannot compare: "HOME\/\.vpo\/library\.db" is damaged or not a library/,
  );
  Deno.renameSync(home.library, join(home.path, "elsewhere"));
  assert.deepEqual(await refusal(), [20, 'Error: Cannot compare: there is no library at "HOME/.vpo/library.db"']);
});

testMore("diff: differences are told some at a time, and none is kept for the result", async () => {
  using home = await changedHome();
  execute(
    home.library,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO files (path, filename, directory, extension, size_bytes, modified_at, scanned_at)
      SELECT '/srv/new/' || i || '.mkv', 'n', 'd', '.mkv', 1, 'x', '2026-06-01T00:00:00+00:00' FROM n`,
  );
  const document = await documentOf(home, "--files", "--limit", "100000000");
  assert.deepEqual([document.differences?.length, document.differences_left_out], [2521, 0]);
  const { stdout } = await home.run(["diff", "--files", "--limit", "2000"]);
  assert.equal(stdout.split("\n").filter((line) => /^[-+~] \//.test(line)).length, 2000);
  assert.match(stdout, /\n521 more files not shown: see --limit\n$/);
  const [archive = ""] = home.archives();
  const batches: number[] = [];
  const request: DiffRequest = {
    verb: "diff",
    settings: NO_PLACES,
    from: { kind: "backup", path: join(home.backups, archive) },
    to: { kind: "library", path: home.library },
    tempDirectory: null,
    library: home.library,
    waitSeconds: 5,
    limit: 1e8,
  };
  const attendant = {
    event() {},
    ask: () => Promise.reject(),
    part: (part: DiffPart) => void batches.push(part.kind === "differences" ? part.differences.length : 0),
  };
  const result = await runEngine(request, attendant, new AbortController().signal);
  assert.deepEqual([batches, result.named], [[0, 1000, 1000, 521], 2521]);
});

testMore("diff: with --json none that differ is an empty list", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const { differences, differences_left_out: leftOut } = await documentOf(home, "--files");
  assert.deepEqual([differences, leftOut], [[], 0]);
});
