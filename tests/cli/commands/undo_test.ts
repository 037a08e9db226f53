import assert from "node:assert/strict";
import { typedWord } from "../../../src/program.ts";
import { join } from "node:path";
import { sha256 } from "../../support/bytes.ts";
import { hasPython } from "../../support/commands.ts";
import { contentHash } from "../../support/database.ts";
import { someOf, testMore } from "../../support/extent.ts";
import { holdLibrary } from "../../support/holder.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import { StartedProgram } from "../../support/started.ts";

const NOTHING = `Error: Nothing to undo: no previous library next to "HOME/.vpo/library.db"
To restore a backup instead, list them with: vpo-backup backups
`;

/** A home whose library was replaced by VPO's own archive, and the hashes of what was in it before and is in it now. */
async function restoredHome(): Promise<{ home: Home; original: string; restored: string }> {
  const home = Home.withLibrary();
  const original = hash(home.library);
  home.putArchive(VPO_ARCHIVES.present);
  const { code, stderr } = await home.run(["restore", VPO_ARCHIVES.present, "--yes", "-q"]);
  assert.equal(code, 0, stderr);
  assert.equal(sha256(Deno.readFileSync(home.library)), archiveFacts(VPO_ARCHIVES.present).library_db_sha256);
  return { home, original, restored: hash(home.library) };
}

testMore(
  "undo: the command that a restore or an undo ends with names the library that an option has named",
  async () => {
    using home = Home.withLibrary();
    const archive = home.putArchive(VPO_ARCHIVES.present);
    const library = home.putLibrary(join(home.path, "my films.db"));
    const commands: (string | undefined)[] = [];
    for (
      const args of [["restore", archive, "--library", library], ["undo", "--library", library], ["restore", archive]]
    ) {
      const { stdout } = await home.run([...args, "--yes"]);
      commands.push(/^ {2}Undo with: (.*)$/m.exec(home.masked(stdout))?.[1]);
    }
    const named = `vpo-backup undo --library ${typedWord("HOME/my films.db")}`;
    assert.deepEqual(commands, [named, named, "vpo-backup undo"]);
  },
);

testMore(
  "undo: the library itself under a second name, left by a killed restore, is not what is put back",
  async () => {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const second = `${home.library}.before-restore-2026-02-06T09-12-44Z`;
    Deno.linkSync(home.library, second);
    const before = home.state();
    const undone = await home.run(["undo", "--yes"]);
    assert.deepEqual([undone.code, home.masked(undone.stderr)], [20, NOTHING]);
    assert.deepEqual(home.state(), before);

    const { code, stderr } = await home.run(["restore", "latest", "--yes"]);
    assert.equal(code, 0, stderr);
    const kept = setAside(home);
    assert.equal(kept.length, 1, "the next restore takes the second name away");
    assert(!kept.some((path) => path.includes("09-12-44")));
  },
);

testMore({
  name: "undo: where another library was set aside while it waited, it puts back neither",
  ignore: !hasPython,
  async fn() {
    const { home } = await restoredHome();
    using _ = home;
    const holder = await holdLibrary(home.library, ["SELECT count(*) FROM files"]);
    await using program = StartedProgram.start(["undo", "--yes", "--wait", "60", "-v"], { home: home.path });
    await program.said("step lock library");
    const newer = `${home.library}.before-restore-2099-01-01T00-00-00Z`;
    home.putLibrary(newer);
    const [library, kept] = [hash(home.library), setAside(home)];
    await holder.kill();
    const { code, stderr } = await program.ended();
    assert.equal(code, 43, stderr);
    assert.match(stderr, /another run has replaced the library meanwhile/);
    assert.deepEqual([hash(home.library), setAside(home)], [library, kept]);
    assert(Object.keys(home.state()).every((path) => !path.includes(".vpo-backup-")));
  },
});

function hash(path: string): string {
  return contentHash(path);
}

function setAside(home: Home): string[] {
  return Object.keys(home.state()).filter((path) => path.includes(".before-restore-")).map((path) => home.masked(path));
}

Deno.test("undo: puts the previous library back and keeps the present one; twice is as if nothing had been", async () => {
  const { home, original, restored } = await restoredHome();
  using _ = home;
  const { code, stdout, stderr } = await home.run(["undo", "--yes"]);
  assert.match(
    home.masked(stdout),
    new RegExp(`^Putting back: HOME/\\.vpo/library\\.db\\.before-restore-NOW
  Last changed: NOW UTC
  Files: 400
  Schema: v27

Undo complete\\.
  Database restored to: HOME/\\.vpo/library\\.db
  Previous library kept: HOME/\\.vpo/library\\.db\\.before-restore-NOW(-\\d)?
  Undo with: vpo-backup undo
  Duration: SECONDS seconds
$`),
  );
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal(hash(home.library), original);
  assert.equal(setAside(home).length, 1);

  const again = await home.run(["undo", "-y", "--json"]);
  const text = JSON.stringify(home.document(again.stdout));
  const document = JSON.parse(text.replaceAll(/NOW-\d/g, "NOW")) as unknown;
  assert.deepEqual(document, {
    success: true,
    source_path: "HOME/.vpo/library.db.before-restore-NOW",
    database_path: "HOME/.vpo/library.db",
    previous_library_path: "HOME/.vpo/library.db.before-restore-NOW",
    previous_library_usable: true,
    kept_log_paths: [],
    removed_library_paths: [],
    duration_seconds: "SECONDS",
    schema_mismatch: false,
    schema_version: 27,
    file_count: 400,
    unfinished_job_count: 0,
    settings: null,
    kept_settings_paths: [],
    warnings: [],
  });
  assert.deepEqual([again.code, again.stderr], [0, ""]);
  assert.equal(hash(home.library), restored);
  assert.equal(setAside(home).length, 1);
});

Deno.test("undo --dry-run: checks the previous library and changes nothing", async () => {
  const { home } = await restoredHome();
  using _ = home;
  const before = home.state();
  const human = await home.run(["undo", "--dry-run"]);
  assert.equal(
    home.masked(human.stdout),
    `Previous library valid: HOME/.vpo/library.db.before-restore-NOW
  Last changed: NOW UTC
  Schema version: 27 (current: 27)
  Database size: 776.0 KB
  Files: 400

Compared with the current library:
  Lost:    0 files only in the library
  Gained:  0 files only in the previous library
  Changed: 0 files; unchanged: 400 files
  Newest scan in the library:          2026-02-28 21:30:42 UTC
  Newest scan in the previous library: 2026-02-28 21:30:42 UTC

No changes made (dry run).
`,
  );
  assert.deepEqual([human.code, human.stderr], [0, ""]);
  const json = await home.run(["undo", "--dry-run", "--json"]);
  assert.deepEqual(home.document(json.stdout), {
    success: true,
    dry_run: true,
    valid: true,
    backup_path: "HOME/.vpo/library.db.before-restore-NOW",
    created_at: "NOW",
    vpo_version: null,
    schema_version: 27,
    current_schema_version: 27,
    schema_mismatch: false,
    database_size_bytes: 794_624,
    file_count: 400,
    unfinished_job_count: 0,
    current_library_usable: true,
    comparison: {
      only_in_library_count: 0,
      only_in_library_bytes: 0,
      only_in_backup_count: 0,
      only_in_backup_bytes: 0,
      changed_count: 0,
      unchanged_count: 400,
      newest_scan_in_library_at: "2026-02-28T21:30:42Z",
      newest_scan_in_backup_at: "2026-02-28T21:30:42Z",
    },
    comparison_error: null,
    settings: null,
    warnings: [],
  });
  assert.deepEqual(home.state(), before);
});

Deno.test("undo: nothing to undo", async () => {
  using home = Home.withLibrary();
  home.putLibrary(join(home.vpo, "other.db.before-restore-2026-01-01T00-00-00Z"));
  home.putLibrary(join(home.vpo, "library.db.before-restore-monday"));
  const before = home.state();
  for (const more of [["--yes"], ["--dry-run"]]) {
    const { code, stdout, stderr } = await home.run(["undo", ...more]);
    assert.equal(home.masked(stderr), NOTHING);
    assert.deepEqual([code, stdout], [20, ""]);
  }
  assert.deepEqual(home.state(), before);
  const missing = await home.run(["undo", "--yes", "--library", "lost/library.db"]);
  assert.equal(
    home.masked(missing.stderr),
    `Error: Cannot undo: there is no directory "HOME/lost"
Check that its disk is mounted, or name the library with --library PATH.\n`,
  );
  assert.equal(missing.code, 20);
});

testMore("undo: takes the newest, those of one second in their order, also where the library is gone", async () => {
  using home = new Home();
  const stamp = "library.db.before-restore-2026-01-01T00-00-00Z";
  for (const suffix of ["", "-2", "-10"]) {
    const path = join(home.vpo, stamp + suffix);
    Deno.writeTextFileSync(path, "not the newest");
    if (suffix === "-10") home.putLibrary(path);
  }
  const { code, stdout } = await home.run(["undo", "--yes", "--json"]);
  assert.equal(code, 0);
  const { source_path, previous_library_path } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual([source_path, previous_library_path], [join(home.vpo, `${stamp}-10`), null]);
  assert.deepEqual(setAside(home), [`.vpo/${stamp}`, `.vpo/${stamp}-2`]);
});

Deno.test("undo: a damaged previous library is refused, and all stays as it is", async () => {
  using home = Home.withLibrary();
  const kept = join(home.vpo, "library.db.before-restore-2026-01-01T00-00-00Z");
  for (const content of someOf(["scrambled", ""], 1)) {
    Deno.writeTextFileSync(kept, content);
    const before = home.state();
    const { code, stdout, stderr } = await home.run(["undo", "--yes"]);
    assert.match(home.masked(stderr), /^Error: Cannot undo the restore: "HOME\/\.vpo\/library\.db\.before-restore-/);
    assert.deepEqual([code, stdout], [42, ""]);
    assert.deepEqual(home.state(), before);
  }
});

testMore(
  "undo: where the newest previous library is damaged, the hint leads to an older one, or to a backup",
  async () => {
    using home = Home.withLibrary();
    const stamp = "library.db.before-restore-2026-01-01T00-00-00Z";
    Deno.writeTextFileSync(join(home.vpo, `${stamp}-2`), "scrambled");
    const hint = async () => home.masked((await home.run(["undo", "--yes"])).stderr).trimEnd().split("\n").at(-1);
    assert.equal(await hint(), "To restore a backup instead, list them with: vpo-backup backups");
    home.putLibrary(join(home.vpo, stamp));
    assert.equal(await hint(), "Name another previous library; list them with: vpo-backup backups");
    assert.equal((await home.run(["undo", stamp, "--yes"])).code, 0);
  },
);

Deno.test("undo: asks, and where it cannot, it says so and changes nothing", async () => {
  const { home } = await restoredHome();
  using _ = home;
  const before = home.state();
  const error = "Cannot undo without confirmation: no terminal, or --json was given";
  const hint = "Use --yes to go ahead without asking, or --dry-run to preview.";
  assert.deepEqual(await home.run(["undo"], {}, "y\n"), { code: 2, stdout: "", stderr: `Error: ${error}\n${hint}\n` });
  const { code, stdout, stderr } = await home.run(["undo", "--json"]);
  assert.deepEqual(JSON.parse(stdout), { success: false, error, code: "confirmation_required", hint, warnings: [] });
  assert.deepEqual([code, stderr], [2, ""]);
  assert.deepEqual(home.state(), before);
});
