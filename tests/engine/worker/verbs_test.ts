import assert from "node:assert/strict";
import { listRequest } from "../../../src/cli/options/archive.ts";
import { grantsFor } from "../../../src/engine/worker/verbs.ts";
import type { BackupRequest, RestoreRequest } from "../../../src/engine/protocol/mod.ts";
import { planRequest } from "../../support/results.ts";

const BACKUP: BackupRequest = {
  verb: "backup",
  library: "/home/u/.vpo/library.db",
  destination: { directory: "/mnt/usb/new", existing: "/mnt/usb" },
  filename: null,
  claim: false,
  force: false,
  dryRun: false,
  waitSeconds: 5,
  level: 6,
  reuse: true,
  anyDatabase: false,
};

const RESTORE: RestoreRequest = {
  verb: "restore",
  archive: "/mnt/usb/backup.tar.gz",
  library: "/home/u/.vpo/library.db",
  destination: { directory: "/home/u/.vpo", existing: "/home/u/.vpo" },
  dryRun: false,
  force: false,
  waitSeconds: 5,
  anyDatabase: false,
  confirm: true,
};

const SYS = ["statfs"];

Deno.test("grantsFor: a backup reads where the library is and writes only where the archive goes", () => {
  assert.deepEqual(grantsFor(BACKUP), { read: ["/home/u/.vpo", "/mnt/usb/new"], write: ["/mnt/usb/new"], sys: SYS });
});

Deno.test("grantsFor: a dry run of a backup has no more than the backup", () => {
  assert.deepEqual(grantsFor({ ...BACKUP, dryRun: true }), grantsFor(BACKUP));
});

Deno.test("grantsFor: a directory that is read for two reasons is named once", () => {
  const destination = { directory: "/home/u/.vpo", existing: "/home/u/.vpo" };
  assert.deepEqual(grantsFor({ ...BACKUP, destination }).read, ["/home/u/.vpo"]);
});

Deno.test("grantsFor: a restore reads the one archive and not its directory", () => {
  assert.deepEqual(grantsFor(RESTORE), {
    read: ["/mnt/usb/backup.tar.gz", "/home/u/.vpo"],
    write: ["/home/u/.vpo"],
    sys: SYS,
  });
});

Deno.test("grantsFor: undo has the library's directory", () => {
  const { library, destination, dryRun, waitSeconds, confirm } = RESTORE;
  const undo = { verb: "undo", library, source: null, destination, dryRun, waitSeconds, confirm } as const;
  assert.deepEqual(grantsFor(undo), { read: ["/home/u/.vpo"], write: ["/home/u/.vpo"], sys: SYS });
});

Deno.test("grantsFor: a list reads its directory and writes nothing", () => {
  const list = listRequest("/mnt/usb");
  assert.deepEqual(grantsFor(list), { read: ["/mnt/usb"], write: [], sys: SYS });
  const beside = { ...list, library: "/home/u/.vpo/library.db" };
  assert.deepEqual(grantsFor(beside), { read: ["/mnt/usb", "/home/u/.vpo"], write: [], sys: SYS });
});

Deno.test("grantsFor: verify reads the one archive, and writes only where it unpacks", () => {
  const verify = { verb: "verify", archive: "/mnt/usb/backup.tar.gz", anyDatabase: false } as const;
  assert.deepEqual(grantsFor({ ...verify, workDirectory: null }), {
    read: ["/mnt/usb/backup.tar.gz"],
    write: [],
    sys: SYS,
  });
  assert.deepEqual(grantsFor({ ...verify, workDirectory: "/tmp" }), {
    read: ["/mnt/usb/backup.tar.gz", "/tmp"],
    write: ["/tmp"],
    sys: SYS,
  });
});

Deno.test("grantsFor: status reads what is there and writes nothing", () => {
  const status = {
    verb: "status",
    directory: "/mnt/usb",
    directoryFound: true,
    library: "/home/u/.vpo/library.db",
    waitSeconds: 5,
    maxAgeSeconds: 60,
  } as const;
  assert.deepEqual(grantsFor(status), { read: ["/mnt/usb", "/home/u/.vpo"], write: [], sys: SYS });
  const lost = { ...status, directoryFound: false, library: null };
  assert.deepEqual(grantsFor(lost), { read: [], write: [], sys: SYS });
});

Deno.test("grantsFor: pruning is planned without writing, and carried out in the one directory", () => {
  const lists = { kept: [], removed: [], newest: [], leftAlone: [], doubtful: [] } as const;
  const plan = { kind: "prune planned", directory: "/mnt/usb", ...lists } as const;
  const planning = planRequest("/mnt/usb", "/home/u/.vpo/library.db");
  const read = ["/mnt/usb", "/home/u/.vpo"];
  assert.deepEqual(grantsFor(planning), { read, write: [], sys: SYS });
  const unpacking = { ...planning, workDirectory: "/mnt/usb" };
  assert.deepEqual(grantsFor(unpacking), { read, write: ["/mnt/usb"], sys: SYS });
  assert.deepEqual(grantsFor({ verb: "prune", plan }), { read: ["/mnt/usb"], write: ["/mnt/usb"], sys: SYS });
});

Deno.test("grantsFor: a diff reads its archives and the library's directory, and writes where it unpacks", () => {
  const from = { kind: "backup", path: "/mnt/usb/backup.tar.gz" } as const;
  const to = { kind: "library", path: "/home/u/.vpo/library.db" } as const;
  const diff = { verb: "diff", from, to, workDirectory: "/tmp", waitSeconds: 5, limit: null } as const;
  assert.deepEqual(grantsFor(diff), {
    read: ["/mnt/usb/backup.tar.gz", "/home/u/.vpo", "/tmp"],
    write: ["/tmp"],
    sys: SYS,
  });
  assert.deepEqual(grantsFor({ ...diff, to: from }).read, ["/mnt/usb/backup.tar.gz", "/tmp"]);
});

Deno.test("grantsFor: an examination reads both directories, and writes the backup directory where it can", () => {
  const doctor = {
    verb: "doctor",
    library: "/home/u/.vpo/library.db",
    directory: "/mnt/usb",
    directoryFound: true,
    mayWrite: true,
    missingPermissions: [],
    libraryRemarks: [],
    waitSeconds: 5,
  } as const;
  assert.deepEqual(grantsFor(doctor), { read: ["/home/u/.vpo", "/mnt/usb"], write: ["/mnt/usb"], sys: SYS });
  assert.deepEqual(grantsFor({ ...doctor, mayWrite: false }).write, []);
  assert.deepEqual(grantsFor({ ...doctor, directoryFound: false }), { read: ["/home/u/.vpo"], write: [], sys: SYS });
});

Deno.test("grantsFor: show reads its archive and writes where it unpacks, or nothing", () => {
  const show = { verb: "show", archive: "/mnt/usb/backup.tar.gz", workDirectory: "/tmp" } as const;
  assert.deepEqual(grantsFor(show), { read: ["/mnt/usb/backup.tar.gz", "/tmp"], write: ["/tmp"], sys: SYS });
  assert.deepEqual(grantsFor({ ...show, workDirectory: null }), {
    read: ["/mnt/usb/backup.tar.gz"],
    write: [],
    sys: SYS,
  });
});
