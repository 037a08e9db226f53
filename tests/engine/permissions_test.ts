import assert from "node:assert/strict";
import { grantsFor } from "../../src/engine/permissions.ts";
import type { BackupRequest, RestoreRequest } from "../../src/engine/protocol.ts";

const BACKUP: BackupRequest = {
  verb: "backup",
  library: "/home/u/.vpo/library.db",
  destination: { directory: "/mnt/usb/new", existing: "/mnt/usb" },
  filename: null,
  force: false,
  dryRun: false,
  waitSeconds: 5,
  level: 6,
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
  const undo = { verb: "undo", library, destination, dryRun, waitSeconds, confirm } as const;
  assert.deepEqual(grantsFor(undo), { read: ["/home/u/.vpo"], write: ["/home/u/.vpo"], sys: SYS });
});

Deno.test("grantsFor: a list reads its directory and writes nothing", () => {
  assert.deepEqual(grantsFor({ verb: "list", directory: "/mnt/usb" }), { read: ["/mnt/usb"], write: [], sys: SYS });
});

Deno.test("grantsFor: an examination reads both directories, and writes the backup directory where it can", () => {
  const doctor = {
    verb: "doctor",
    library: "/home/u/.vpo/library.db",
    directory: "/mnt/usb",
    directoryFound: true,
    mayWrite: true,
    missingPermissions: [],
    waitSeconds: 5,
  } as const;
  assert.deepEqual(grantsFor(doctor), { read: ["/home/u/.vpo", "/mnt/usb"], write: ["/mnt/usb"], sys: SYS });
  assert.deepEqual(grantsFor({ ...doctor, mayWrite: false }).write, []);
  assert.deepEqual(grantsFor({ ...doctor, directoryFound: false }), { read: ["/home/u/.vpo"], write: [], sys: SYS });
});
