import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const { old: OLD, present: PRESENT } = VPO_ARCHIVES;

const MAKEUP = `
Below /srv/media/   Files     Size
──────────────────────────────────
Movies                140   3.8 TB
Animé                 132   3.6 TB
Series                128   3.5 TB

Container       Files      Size
───────────────────────────────
matroska,webm     400   10.9 TB

Table     Rows
──────────────
_meta        1
files      400
tracks   1,833
13 empty tables
`;

Deno.test("show: what the newest backup says of itself, and what is in it", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["show"]);
  const masked = home.masked(stdout)
    .replace(/Archive size: {2}\d+\.\d KB \(\d+% compression, gzip, level \d\)/, "Archive size:  SIZE")
    .replace(/\d+ B to \d+\.\d KB/, "SIZES")
    .replace(/[0-9a-f]{64}/, "HASH");
  assert.equal(
    masked,
    `Backup: HOME/.vpo/backups/vpo-library-NOW.tar.gz
  Created:       NOW UTC
  VPO version:   vpo-backup 0.1.0
  Library:       HOME/.vpo/library.db
  Schema:        v27
  Archive size:  SIZE
  Blocks:        16, of SIZES
  Database size: 776.0 KB, 194 pages of 4.0 KB
  SHA-256:       HASH
  Media:         400 files, 10.9 TB
  Newest scan:   2026-02-28 21:30:42 UTC
${MAKEUP}`,
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.deepEqual(home.state(), before);
});

Deno.test("show: an archive of VPO's", async () => {
  using home = new Home();
  home.putArchive(PRESENT);
  const { code, stdout } = await home.run(["show", PRESENT, "-q"]);
  assert.equal(code, 0);
  assert.equal(
    home.masked(stdout),
    `Backup: HOME/.vpo/backups/${PRESENT}
  Created:       2026-11-22 19:41:12 UTC
  VPO version:   0.2.0
  Schema:        v27
  Archive size:  157.3 KB (80% compression, gzip)
  Database size: 776.0 KB
  Media:         400 files, 10.9 TB
  Newest scan:   2026-02-28 21:30:42 UTC
${MAKEUP}`,
  );
});

Deno.test("show --quick: the metadata alone, also where nothing can be written", async () => {
  using home = new Home();
  const archive = home.putArchive(OLD);
  Deno.chmodSync(home.backups, 0o500);
  try {
    const { code, stdout } = await home.run(["show", archive, "--quick"]);
    assert.equal(code, 0);
    assert.equal(
      home.masked(stdout),
      `Backup: HOME/.vpo/backups/${OLD}
  Created:       2026-11-22 19:41:12 UTC
  VPO version:   0.2.0
  Schema:        v25
  Archive size:  50.7 KB (89% compression, gzip)
  Database size: 464.0 KB
  Media:         120 files, 3.2 TB
`,
    );
  } finally {
    Deno.chmodSync(home.backups, 0o700);
  }
});

Deno.test("show --json: one document", async () => {
  using home = new Home();
  home.putArchive(PRESENT);
  const { metadata } = archiveFacts(PRESENT);
  const { code, stdout, stderr } = await home.run(["show", "latest", "--json"]);
  assert.deepEqual([code, stderr], [0, ""]);
  const { library, ...document } = home.document(stdout) as { library: Record<string, unknown> };
  const none = { count: 0, file_count: 0, size_bytes: 0 };
  assert.deepEqual(document, {
    success: true,
    path: `HOME/.vpo/backups/${PRESENT}`,
    archive_size_bytes: 161_063,
    created_at: metadata.created_at,
    vpo_version: "0.2.0",
    tool: null,
    schema_version: 27,
    database_size_bytes: 794_624,
    database_sha256: null,
    page_size: null,
    page_count: null,
    file_count: 400,
    total_library_size_bytes: 11_954_045_737_817,
    compression: "gzip",
    compression_level: null,
    compression_ratio: 0.797,
    metadata_say_otherwise: null,
    newest_scan_at: "2026-02-28T21:30:42Z",
    unfinished_job_count: 0,
    contents_fingerprint: null,
    library_path: null,
    settings: null,
    blocks: null,
    warnings: [],
  });
  const { tables, directories, ...rest } = library;
  assert.deepEqual(rest, {
    root_directory: "/srv/media/",
    containers: { largest: [{ name: "matroska,webm", file_count: 400, size_bytes: 11_954_045_737_817 }], others: none },
    missing: { file_count: 0, size_bytes: 0 },
  });
  assert.deepEqual((tables as { name: string; rows: number }[]).find(({ name }) => name === "tracks"), {
    name: "tracks",
    rows: 1833,
  });
  assert.deepEqual((directories as { largest: unknown[] }).largest[0], {
    name: "Movies",
    file_count: 140,
    size_bytes: 4_186_507_067_485,
  });
  const quick = await home.run(["show", "--quick", "--json"]);
  assert.deepEqual(home.document(quick.stdout), {
    ...document,
    newest_scan_at: null,
    unfinished_job_count: null,
    library: null,
  });
});

testMore("show --quick: tells the newest scan where the metadata do, as those of this program", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const { stdout } = await home.run(["show", "--quick", "--json"]);
  const document = JSON.parse(stdout) as Record<string, unknown>;
  assert.equal(document["newest_scan_at"], "2026-02-28T21:30:42Z");
  assert.match(String(document["contents_fingerprint"]), /^[0-9a-f]{64}$/);
  assert.equal(document["library"], null);
});

testMore("show: a backup of another database, and one with an odd table of files", async () => {
  using home = new Home();
  execute(home.library, "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup'), ('cake')");
  assert.equal((await home.run(["backup", "-q", "--any-database"])).code, 0);
  const other = await home.run(["show"]);
  assert.match(other.stdout, /\n {2}Media: {9}0 files, 0 B\n\nTable {5}Rows\n─+\nrecipes {6}2\n$/);
  Deno.removeSync(home.library);
  home.putLibrary();
  execute(home.library, "ALTER TABLE files RENAME TO f; CREATE TABLE files AS SELECT * FROM f");
  assert.equal((await home.run(["backup", "-q", "-o", "odd.tar.gz"])).code, 0);
  const odd = await home.run(["show", "./odd.tar.gz"]);
  assert.equal(odd.code, 0);
  assert.match(odd.stdout, /\n {2}Newest scan: {3}2026-02-28 21:30:42 UTC\n\nTable {5}Rows\n/);
});

testMore("show: what cannot be shown is refused with the right code", async () => {
  using home = new Home();
  home.putArchive(PRESENT);
  const damaged = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
  Deno.writeTextFileSync(join(home.backups, damaged), "scrambled");
  for (const more of [[], ["--quick"]]) {
    const { code, stdout, stderr } = await home.run(["show", damaged, ...more]);
    assert.deepEqual([code, stdout], [46, ""]);
    assert.match(
      home.masked(stderr),
      new RegExp(`^Error: Cannot show "HOME/\\.vpo/backups/${damaged}": the archive is damaged: `),
    );
  }
  assert.equal((await home.run(["show", "lost"])).code, 20);
  assert.equal((await home.run(["show", "--temp-dir", "lost"])).code, 20);
  const unknown = await home.run(["show", "--quik"]);
  assert.deepEqual([unknown.code, unknown.stdout], [2, ""]);
});

testMore({
  name: "show: on a terminal with bars where there is room for them, and names without what steers it",
  ignore: !hasTerminal,
  async fn() {
    using home = Home.withLibrary();
    execute(
      home.library,
      `UPDATE files SET path = '/srv/media/' || char(27) || '[2J' || printf('%050d', 1) || '/' || id WHERE id < 9`,
    );
    assert.equal((await home.run(["backup", "-q"])).code, 0);
    const args = ["show", "--no-progress", "--no-color"];
    const drawn = async (columns: number) =>
      (await runOnTerminal(programCommand(args, { home: home.path }), [], { columns })).terminal;
    const wide = await drawn(80);
    assert.match(wide, /^Movies {2,}\d+ +3\.\d TB {3}█{8,24}$/m);
    assert.match(wide, /^�\[2J0{36} +8 +\d+\.\d GB {3}█*░+$/m);
    for (const line of wide.slice(wide.indexOf("\n\n")).split("\n")) assert(line.length < 80, line);
    assert.doesNotMatch(wide.replaceAll("\n", ""), /\p{Cc}/u);
    assert.doesNotMatch(await drawn(38), /[█░]/);
  },
});

testMore("show, diff: sizes that can be none are unknown, to a program null", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  execute(
    home.library,
    `PRAGMA ignore_check_constraints = ON;
    UPDATE files SET size_bytes = 9e999 WHERE id = 1; UPDATE files SET size_bytes = 'much' WHERE id = 2;
    UPDATE files SET path = '/srv/media/Odd/' || id, container_format = 'odd' WHERE id < 3`,
  );
  const diff = await home.run(["diff"]);
  assert.match(diff.stdout, /^Files only in the library: +2 \(unknown\)$/m);
  const document = home.document((await home.run(["diff", "--json"])).stdout) as { files: Record<string, unknown> };
  assert.equal(document.files["only_in_to_bytes"], null);
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const { stdout } = await home.run(["show"]);
  assert.match(stdout, /^ {2}Media: +400 files, unknown$/m);
  assert.match(stdout, /^Odd +2 +unknown$/m);
  assert.match(stdout, /^odd +2 +unknown$/m);
});

testMore("show: a name of thousands of marks is cut and takes no time", async () => {
  using home = Home.withLibrary();
  execute(
    home.library,
    `UPDATE files SET path = '/srv/media/' || replace(hex(zeroblob(4000)), '00', char(97, 769, 769, 769)) || '/x.mkv' WHERE id = 1`,
  );
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const { code, stdout } = await home.run(["show"]);
  assert.equal(code, 0);
  assert(stdout.split("\n").every((line) => line.length < 5000), "no line is without end");
});

testWithSymlinks("show: the latest may be a link to another backup of the directory", async () => {
  using home = new Home();
  const archive = home.putArchive(PRESENT);
  makeSymlink(archive, join(home.backups, "vpo-library-2030-01-01T00-00-00Z.tar.gz"));
  for (const args of [["show", "--quick", "--json"], ["show", "--json"]]) {
    const { code, stdout } = await home.run(args);
    assert.deepEqual([code, (JSON.parse(stdout) as { path?: string }).path], [0, archive], stdout);
  }
}, testMore);
