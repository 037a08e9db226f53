import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import { plantSuperJournal } from "../../support/super_journal.ts";

/** What somebody else who may write to a directory puts there, under a name that looks like one of ours. */
export interface Planted {
  readonly what: string;
  /** @param victim a file of another user's, which must stay as it is */
  plant(directory: string, victim: string): void;
}

/** Names of work directories: as runs give them, and one that only begins like that. */
const OURS = ".vpo-backup-0123abcd-4567";
const UNFINISHED = `${OURS}.tar.gz`;
const ARCHIVE = "vpo-library-2026-01-14T00-00-00Z.tar.gz";
const MINE = ".vpo-backup-old";
const OPEN_TO_ALL = 0o777;
const DEPTH = 3_000;
/** Content of the file in a directory of the user's own. */
const PRECIOUS = "precious";

export const PLANTED: readonly Planted[] = [
  {
    what: "a database with a journal that makes SQLite remove another file",
    plant: (directory, victim) => plantDatabase(inDirectory(directory, OURS), "lock", victim),
  },
  {
    what: "the same as the copy of a library",
    plant: (directory, victim) => plantDatabase(inDirectory(directory, OURS), "library.db", victim),
  },
  {
    what: "a FIFO in the place of a journal",
    plant: (directory) => {
      const path = inDirectory(directory, OURS);
      execute(join(path, "lock"), "CREATE TABLE t (x)");
      makeFifo(join(path, "lock-journal"));
      open(path);
    },
  },
  {
    what: "a FIFO in the place of the lock",
    plant: (directory) => {
      const path = inDirectory(directory, OURS);
      makeFifo(join(path, "lock"));
      open(path);
    },
  },
  {
    what: "a FIFO under the name of an unfinished archive",
    plant: (directory) => makeFifo(join(directory, UNFINISHED)),
  },
  { what: "a FIFO under the name of an archive", plant: (directory) => makeFifo(join(directory, ARCHIVE)) },
  {
    what: "directories in directories",
    plant: (directory) => {
      const path = inDirectory(directory, OURS);
      // A path of all their names would be too long.
      const script = `cd "$1" && for i in $(seq ${DEPTH}); do mkdir d && cd -P d || exit 1; done`;
      assert(new Deno.Command("sh", { args: ["-c", script, "sh", path] }).outputSync().success);
    },
  },
  {
    what: "a link to another directory",
    plant: (directory, victim) => Deno.symlinkSync(join(victim, ".."), join(directory, OURS)),
  },
  {
    what: "a lock that is a link to another file",
    plant: (directory, victim) => Deno.symlinkSync(victim, join(inDirectory(directory, OURS), "lock")),
  },
];

/** A directory of the user's own, whose name begins like those of runs. */
export function putPrecious(directory: string): string {
  const path = join(inDirectory(directory, MINE), "precious.sql");
  Deno.writeTextFileSync(path, PRECIOUS);
  return path;
}

/** The user's own directory is as it was. */
export function assertPrecious(path: string): void {
  assert.equal(Deno.readTextFileSync(path), PRECIOUS, "a directory of the user's own is as it was");
}

/** Removes what was planted, as deep as it may be. */
export function uproot(directory: string): void {
  const args = ["-rf", ...[OURS, UNFINISHED, ARCHIVE, MINE].map((name) => join(directory, name))];
  assert(new Deno.Command("rm", { args }).outputSync().success);
}

function inDirectory(directory: string, name: string): string {
  const path = join(directory, name);
  Deno.mkdirSync(path);
  Deno.chmodSync(path, OPEN_TO_ALL);
  return path;
}

function open(directory: string): void {
  for (const { name } of Deno.readDirSync(directory)) Deno.chmodSync(join(directory, name), 0o666);
}

function makeFifo(path: string): void {
  assert(new Deno.Command("mkfifo", { args: ["-m", "666", path] }).outputSync().success);
}

/** A database that makes whoever opens it remove the victim. */
function plantDatabase(directory: string, name: string, victim: string): void {
  const database = join(directory, name);
  execute(database, "CREATE TABLE t (x)");
  plantSuperJournal(database, victim);
  open(directory);
}
