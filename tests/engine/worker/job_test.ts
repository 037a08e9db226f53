import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Job, type Purpose } from "../../../src/engine/worker/job.ts";
import { BackupError } from "../../../src/errors.ts";
import { quietHost } from "../../support/host.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const ARCHIVE = "/mnt/usb/backup.tar.gz";
const LIBRARY = "/home/u/.vpo/library.db";

function jobOf(purpose: Purpose): Job {
  return new Job(quietHost(), purpose);
}

function explained(job: Job, error: unknown): [string, string | null] {
  const { message, hint } = job.explain(error);
  return [message, hint];
}

/** What SQLite says of a file that is not there. */
function unopened(): unknown {
  using directory = new TemporaryDirectory();
  try {
    new DatabaseSync(`${directory.path}/none.db`, { readOnly: true });
  } catch (error) {
    return error;
  }
}

Deno.test("Job.explain: names the archive that cannot be used, and keeps what to do about it", () => {
  const damage = new BackupError("invalid_archive", "it is a SQLite database, not an archive", "Make one of it.");
  const job = jobOf({ action: "Cannot restore the backup", library: LIBRARY, archive: ARCHIVE });
  const named = [`Cannot restore "${ARCHIVE}": it is a SQLite database, not an archive`, "Make one of it."];
  assert.deepEqual(explained(job, damage), named);
  assert.deepEqual(explained(job.about({ library: LIBRARY }), damage), [damage.message, damage.hint]);
});

Deno.test("Job.explain: without a library nothing is said of one, and no path in its place", () => {
  const error = unopened();
  const [checking] = explained(jobOf({ action: "Cannot check the backup", archive: ARCHIVE }), error);
  assert.match(checking, /^Cannot check the backup: unable to open database file/);
  const [backing] = explained(jobOf({ action: "Cannot back up the library", library: LIBRARY }), error);
  assert.match(backing, /^Cannot back up the library: "\/home\/u\/.vpo\/library.db" cannot be opened: unable to open/);
});
