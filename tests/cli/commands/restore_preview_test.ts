import assert from "node:assert/strict";
import { sha256 } from "../../support/bytes.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";

const { present: PRESENT } = VPO_ARCHIVES;

Deno.test("restore --dry-run: checks the archive and changes nothing", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const before = home.state();
  const human = await home.run(["restore", PRESENT, "--dry-run"]);
  assert.equal(
    home.masked(human.stdout),
    `Archive valid: HOME/.vpo/backups/${PRESENT}
  Created: 2026-11-22 19:41:12 UTC
  VPO version: 0.2.0
  Schema version: 27 (current: 27)
  Database size: 776.0 KB
  Files: 400

Compared with the current library:
  Lost:    0 files only in the library
  Gained:  0 files only in the backup
  Changed: 0 files; unchanged: 400 files
  Newest scan in the library: 2026-02-28 21:30:42 UTC
  Newest scan in the backup:  2026-02-28 21:30:42 UTC

No changes made (dry run).
`,
  );
  assert.deepEqual([human.code, human.stderr], [0, ""]);
  const bare = 'VPO does not start without settings, and there is no "HOME/.vpo/config.toml"';
  const args = ["restore", PRESENT, "--dry-run", "--json", "--library", "deep/er/library.db"];
  const json = await home.run(args);
  assert.deepEqual(home.document(json.stdout), {
    success: true,
    dry_run: true,
    valid: true,
    backup_path: `HOME/.vpo/backups/${PRESENT}`,
    created_at: archiveFacts(PRESENT).metadata.created_at,
    vpo_version: "0.2.0",
    schema_version: 27,
    current_schema_version: 27,
    schema_mismatch: false,
    database_size_bytes: 794_624,
    file_count: 400,
    unfinished_job_count: 0,
    current_library_usable: null,
    comparison: null,
    comparison_error: 'there is no library at "HOME/deep/er/library.db"',
    settings: null,
    warnings: [`${bare}: this backup holds none, make a new one with: vpo init`],
  });
  const said = `Warning: ${bare}: this backup holds none, make a new one with: vpo init\n`;
  assert.deepEqual([json.code, home.masked(json.stderr)], [0, said]);
  assert.deepEqual(home.state(), before);
});

Deno.test("restore --dry-run: says what would be lost and what gained", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  execute(
    home.library,
    `PRAGMA foreign_keys = ON; DELETE FROM files WHERE id % 50 = 0;
    UPDATE files SET size_bytes = size_bytes + 1 WHERE id = 1;
    INSERT INTO files (path, filename, directory, extension, size_bytes, modified_at, scanned_at)
      VALUES ('/new.mkv', 'n', 'd', '.mkv', 5000000, 'x', '2026-06-01T00:00:00+00:00')`,
  );
  const human = await home.run(["restore", PRESENT, "--dry-run"]);
  assert.equal(
    human.stdout.slice(human.stdout.indexOf("Compared")),
    `Compared with the current library:
  Lost:    1 file (4.8 MB) only in the library
  Gained:  8 files (221.0 GB) only in the backup
  Changed: 1 file; unchanged: 391 files
  Newest scan in the library: 2026-06-01 00:00:00 UTC
  Newest scan in the backup:  2026-02-28 21:30:42 UTC

No changes made (dry run).
`,
  );
  const json = await home.run(["restore", PRESENT, "--dry-run", "--json"]);
  const { comparison, comparison_error } = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual([comparison, comparison_error], [{
    only_in_library_count: 1,
    only_in_library_bytes: 5_000_000,
    only_in_backup_count: 8,
    only_in_backup_bytes: 237_299_571_107,
    changed_count: 1,
    unchanged_count: 391,
    newest_scan_in_library_at: "2026-06-01T00:00:00Z",
    newest_scan_in_backup_at: "2026-02-28T21:30:42Z",
  }, null]);
});

testMore("restore: a library that cannot be compared is said so, and keeps nothing from being done", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  const said = async (...args: string[]) => {
    const { code, stdout } = await home.run(["restore", PRESENT, "--dry-run", ...args]);
    assert.equal(code, 0);
    return /^ {2}Not compared with the current library: (.*)$/m.exec(home.masked(stdout))?.[1];
  };
  const name = '"HOME/.vpo/library.db"';
  execute(home.library, "ALTER TABLE files RENAME TO f; CREATE TABLE files AS SELECT * FROM f");
  assert.equal(
    await said(),
    `the files of ${name} cannot be read in order: its table of files has no index on the paths`,
  );
  execute(home.library, "DROP TABLE files");
  assert.equal(await said(), `${name} is not a VPO library: it has no table "files"`);
  // A page of the table: the schema can be read, the files cannot.
  home.putLibrary();
  {
    using file = Deno.openSync(home.library, { write: true });
    file.seekSync(60 * 4096, Deno.SeekMode.Start);
    for (let page = 60; page < 190; page++) file.writeSync(new Uint8Array(4096).fill(0xff));
  }
  assert.match(await said() ?? "", /^"HOME\/\.vpo\/library\.db" is damaged or not a library: /);
  Deno.writeTextFileSync(home.library, "scrambled");
  assert.equal(await said(), `${name} is damaged or not a library: file is not a database`);
  Deno.removeSync(home.library);
  assert.equal(await said(), `there is no library at ${name}`);
  assert.equal((await home.run(["restore", PRESENT, "--yes", "-q"])).code, 0);
  assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(PRESENT).library_db_sha256);
});
