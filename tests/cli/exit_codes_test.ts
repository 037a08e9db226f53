import assert from "node:assert/strict";
import { join } from "node:path";
import { ERRORS } from "../../src/errors.ts";
import { hasPython } from "../support/commands.ts";
import { testMore } from "../support/extent.ts";
import { check, type Failure } from "../support/failures.ts";
import { holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { ago, putBackups } from "../support/history.ts";
import { cannotObeyModes, OBEYING_MODES } from "../support/modes.ts";
import { BINARY, narrowPermissions } from "../support/program.ts";
import { canMount, mountMemory } from "../support/surroundings/mounts.ts";

const { present: PRESENT, future: FUTURE } = VPO_ARCHIVES;
const SMALL = { bytes: 4 * 1024 * 1024 };
const canObeyModes = cannotObeyModes() === null;

function writeArchive(home: Home, name: string, content: Uint8Array): void {
  Deno.mkdirSync(home.backups, { recursive: true });
  Deno.writeFileSync(join(home.backups, name), content);
}

const ALLOWED = "Run it as a user who may read the library and write to that directory.";

/** With `latest` nobody knows which archive it is unless the message has its name. */
const DAMAGED_ARCHIVE = /"HOME\/\.vpo\/backups\/[^"]+\.tar\.gz".*: it cannot be decompressed to its end$/;

const FAILURES: Readonly<Record<string, Failure>> = {
  "a wrong value": {
    code: "usage",
    args: ["backup", "--level", "10"],
    error: '`--level`: Expected a value less than or equal to 9, but got "10"',
    hint: "See: vpo-backup backup --help",
  },
  "nobody to ask": {
    code: "confirmation_required",
    args: ["restore", "latest"],
    error: "Cannot restore without confirmation: no terminal, or --json was given",
    hint: "Use --yes to go ahead without asking, or --dry-run to preview.",
  },
  "no library": {
    code: "not_found",
    args: ["backup", "--library", "lost.db"],
    error: 'Cannot back up: there is no library at "lost.db"',
    hint:
      "Has VPO scanned anything yet? If so, name its library with --library PATH or VPO_DATABASE_PATH. To recover a lost one: vpo-backup restore latest --library lost.db",
    isTraced: true,
  },
  "a library that is a directory": {
    code: "not_a_library",
    args: ["backup", "--library", ".vpo"],
    error: 'Cannot use ".vpo" as the library: it is not a file',
    hint: "Name the library with --library PATH.",
  },
  "a library that is a text": {
    code: "not_a_library",
    args: ["backup"],
    prepare: (home) => Deno.writeTextFileSync(home.library, "files:\n".repeat(1000)),
    error: 'Cannot back up the library: "HOME/.vpo/library.db" is damaged or not a library: file is not a database',
    hint: "Replace a damaged library with: vpo-backup restore latest --library HOME/.vpo/library.db",
  },
  "a library that is cut off": {
    code: "not_a_library",
    args: ["backup"],
    prepare: (home) => Deno.truncateSync(home.library, 100_000),
    error: /^Cannot back up the library: "HOME\/\.vpo\/library\.db" is damaged or not a library: /,
    hint: "Replace a damaged library with: vpo-backup restore latest --library HOME/.vpo/library.db",
  },
  "a schema from the future": {
    code: "schema_incompatible",
    args: ["restore", FUTURE, "--yes"],
    prepare: (home) => void home.putArchive(FUTURE),
    error:
      `Cannot restore "HOME/.vpo/backups/${FUTURE}": its schema is 99, while the library in place has schema 27, ` +
      "and this program knows schemas up to 27",
    hint: "Update VPO first, or restore it all the same with --force.",
    isTraced: true,
  },
  "an archive that is cut off": {
    code: "invalid_archive",
    args: ["restore", PRESENT, "--yes"],
    prepare: (home) => Deno.truncateSync(home.putArchive(PRESENT), 161_000),
    error: DAMAGED_ARCHIVE,
    hint:
      "If this is the only backup, save what it still holds with: vpo-backup extract HOME/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz --salvage",
  },
  "an archive that is cut off, and looked at": {
    code: "invalid_archive",
    args: ["show", PRESENT],
    prepare: (home) => Deno.truncateSync(home.putArchive(PRESENT), 161_000),
    error: DAMAGED_ARCHIVE,
    hint: "Find sound backups with: vpo-backup backups --verify",
  },
  "an archive that is a text": {
    code: "invalid_archive",
    args: ["restore", "notes.tar.gz", "--dry-run"],
    prepare: (home) => writeArchive(home, "notes.tar.gz", new TextEncoder().encode("a note\n")),
    error: /notes\.tar\.gz": the archive is damaged: it does not begin like a gzip file$/,
    hint:
      "If this is the only backup, save what it still holds with: vpo-backup extract HOME/.vpo/backups/notes.tar.gz --salvage",
  },
  "an archive that is empty": {
    code: "invalid_archive",
    args: ["show", "notes.tar.gz"],
    prepare: (home) => writeArchive(home, "notes.tar.gz", new Uint8Array()),
    error: /notes\.tar\.gz": the archive is damaged: it is empty$/,
    hint: "Find sound backups with: vpo-backup backups --verify",
  },
};

for (const [what, failure] of Object.entries(FAILURES)) {
  // One of each code.
  const isFirst = Object.values(FAILURES).find(({ code }) => code === failure.code) === failure;
  (isFirst ? Deno.test : testMore)(`${failure.code}: ${what}`, () => check(failure));
}

Deno.test({
  name: "database_locked: another process has the library for itself",
  ignore: !hasPython,
  fn: () =>
    check({
      code: "database_locked",
      args: ["backup", "--wait", "0"],
      prepare: (home) => holdLibrary(home.library, ["PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE"]),
      error: 'Cannot back up the library: "HOME/.vpo/library.db" is in use by another process',
      hint: "Stop VPO and try again, or wait longer with --wait SECONDS.",
    }),
});

/** Makes a directory that may be read and not written to. */
function makeClosedDirectory(home: Home): void {
  const path = join(home.path, "closed");
  Deno.mkdirSync(path);
  Deno.chmodSync(path, 0o555);
}

testMore({
  name: "operation_failed: a directory that may not be written to (needs setpriv where root runs the tests)",
  ignore: !canObeyModes,
  async fn() {
    const closed: Failure = {
      code: "operation_failed",
      args: ["backup", "--make-dir", "--output", "closed"],
      prepare: makeClosedDirectory,
      surroundings: () => ({ through: OBEYING_MODES }),
      error: /^Cannot back up the library: Permission denied: open 'HOME\/closed\/\.vpo-backup-[^']+'$/,
      hint: ALLOWED,
    };
    await check(closed);
    const error = /^Cannot back up the library: Permission denied: .*HOME\/closed\/deep/;
    await check({ ...closed, args: ["backup", "--make-dir", "--output", "closed/deep/x.tar.gz"], error });
  },
});

Deno.test({
  name: "operation_failed: a library that may not be read (needs setpriv where root runs the tests)",
  ignore: !canObeyModes,
  async fn() {
    using home = Home.withLibrary();
    Deno.chmodSync(home.library, 0);
    const { code, stdout, stderr } = await home.run(["backup"], { through: OBEYING_MODES });
    assert.match(
      home.masked(stderr),
      /^Error: Cannot back up the library: "HOME\/\.vpo\/library\.db" cannot be opened: /,
    );
    assert.deepEqual([code, stdout], [40, ""]);
  },
});

Deno.test({
  name: "insufficient_space: a small disk (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    const full: Failure = {
      code: "insufficient_space",
      args: ["backup", "--make-dir", "--output", "disk"],
      prepare: (home) => mountMemory(join(home.path, "disk"), SMALL),
      error: 'Cannot back up the library: not enough space in "HOME/disk": 16.4 MB are needed, 4.0 MB are free',
      hint: "Free some space there, or name another directory.",
    };
    await check(full);
    await check({
      ...full,
      args: ["restore", join("..", ".vpo", "backups", PRESENT), "--yes", "--library", "library.db"],
      surroundings: (home) => ({ cwd: join(home.path, "disk") }),
      prepare: (home) => (home.putArchive(PRESENT), mountMemory(join(home.path, "disk"), SMALL)),
      error: 'Cannot restore the backup: not enough space in "HOME/disk": 16.8 MB are needed, 4.0 MB are free',
    });
  },
});

/** A state of the backups that is told as a result and not as an error: exit code and the code of the reason. */
async function judged(home: Home, ...args: string[]): Promise<readonly [number, string | undefined]> {
  const { code, stdout, stderr } = await home.run(["status", "--json", ...args]);
  assert.equal(stderr, "");
  const human = await home.run(["status", ...args]);
  assert.deepEqual([human.code, human.stderr], [code, ""]);
  return [code, (JSON.parse(stdout) as { reasons: { code: string }[] }).reasons[0]?.code];
}

Deno.test("critical: no backup, and one that is too old", async () => {
  using home = Home.withLibrary();
  assert.deepEqual(await judged(home), [ERRORS.critical.exit, "no_directory"]);
  await putBackups(home, ago(7200));
  assert.deepEqual(await judged(home), [0, undefined]);
  assert.deepEqual(await judged(home, "--max-age", "1h"), [ERRORS.critical.exit, "too_old"]);
});

Deno.test("warning: a backup from the future", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(-7200));
  assert.deepEqual(await judged(home), [ERRORS.warning.exit, "from_future"]);
});

testMore({
  name: "warning: no space for two more backups (needs root, to mount a small disk)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    using _ = mountMemory(home.backups, SMALL);
    await putBackups(home, ago(60));
    assert.deepEqual(await judged(home), [ERRORS.warning.exit, "low_space"]);
  },
});

testMore("invalid_archive: verify, of one damaged archive among others", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(60));
  writeArchive(home, "vpo-library-2020-01-01T00-00-00Z.tar.gz", new Uint8Array(100));
  assert.equal((await home.run(["verify"])).code, 0);
  assert.equal((await home.run(["verify", "--all"])).code, ERRORS.invalid_archive.exit);
});

Deno.test({
  name: "permission_denied: a grant is missing (needs the source: a binary has its own grants)",
  ignore: BINARY !== undefined,
  async fn() {
    const denied: Failure = {
      code: "permission_denied",
      args: ["backup"],
      surroundings: (home) => ({ permissions: narrowPermissions([home.path], [join(home.path, "elsewhere")]) }),
      error: 'Cannot start: the sandbox does not allow write access to "HOME/.vpo/backups"',
      hint: "Grant it with --allow-write=HOME/.vpo/backups, or use a binary that was built with it.",
    };
    await check(denied);
    await check({
      ...denied,
      surroundings: (home) => ({ permissions: narrowPermissions([home.backups], []) }),
      prepare: (home) => void home.putArchive(PRESENT),
      args: ["backups", "--path", ".vpo"],
      error: 'Cannot list the backups: the sandbox does not allow read access to "HOME/.vpo"',
      hint: "Grant it with --allow-read=HOME/.vpo, or use a binary that was built with it.",
    });
    await check({
      ...denied,
      surroundings: () => ({
        permissions: ["--allow-read", "--allow-write", "--allow-env=HOME", "--no-prompt"],
      }),
      isTraced: true,
      error: 'Cannot start: the sandbox does not allow sys access to "statfs"',
      hint: "Grant it with --allow-sys=statfs, or use a binary that was built with it.",
    });
    // What is written under a name made up for it is granted by the directory.
    const refused = (action: string, path: string) => ({
      error: `Cannot ${action}: the sandbox does not allow write access to "HOME/${path}"`,
      hint: `Grant it with --allow-write=HOME/${path}, or use a binary that was built with it.`,
    });
    await check({ ...denied, args: ["config", "init"], ...refused("write the configuration", ".vpo") });
    const schedule = ["schedule", "cron", "--output", ".vpo"];
    await check({ ...denied, args: schedule, ...refused("schedule backups", ".vpo") });
    const log = ["backups", "--log-file", "new.log"];
    await check({ ...denied, args: log, ...refused('write the log "new.log"', "new.log") });
  },
});

Deno.test({
  name: "permission_denied: what Deno lets nobody use is told as such",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using home = Home.withLibrary();
    const { code, stdout, stderr } = await home.run(["backup", "--output", "/proc/x.tar.gz"]);
    // Some versions of Deno let it be tried; then there is no space.
    assert([ERRORS.permission_denied.exit, ERRORS.insufficient_space.exit].some((exit) => exit === code), stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /^Error: Cannot .*"\/proc/);
    assert.doesNotMatch(stderr, /--allow-all=/);
  },
});
