import assert from "node:assert/strict";
import { join } from "node:path";
import { listRequest } from "../../../src/cli/options/archive.ts";
import { grantsFor, recordOf } from "../../../src/engine/worker/verbs.ts";
import type { BackupRequest, CopyPlaces, Request, RestoreRequest } from "../../../src/engine/protocol/mod.ts";
import { Home } from "../../support/home.ts";
import { planRequest } from "../../support/results.ts";
import { NO_PLACES } from "../../support/settings.ts";

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
  skipUnchanged: false,
  anyDatabase: false,
  tempDirectory: null,
  settings: null,
};

const RESTORE: RestoreRequest = {
  verb: "restore",
  settings: null,
  archive: "/mnt/usb/backup.tar.gz",
  library: "/home/u/.vpo/library.db",
  destination: { directory: "/home/u/.vpo", existing: "/home/u/.vpo" },
  dryRun: false,
  force: false,
  waitSeconds: 5,
  anyDatabase: false,
  confirm: true,
};

/** A place whose disk is there, and one whose disk is not. */
const COPIES: CopyPlaces = {
  places: [{ directory: "/mnt/second", found: true }, { directory: "/mnt/third", found: false }],
  maxAgeSeconds: 60,
};
const NO_COPIES: CopyPlaces = { places: [], maxAgeSeconds: 60 };
const SYS = ["statfs", "uid"];
const WORK = "/home/u/.vpo/.vpo-backup-01234567-89ab";

Deno.test("grantsFor: a backup writes where the archive goes and to its work directory, not beside the library", () => {
  assert.deepEqual(grantsFor(BACKUP, WORK), {
    read: ["/home/u/.vpo", "/mnt/usb/new", WORK],
    write: ["/mnt/usb/new", WORK],
    sys: SYS,
  });
  assert.deepEqual(grantsFor(BACKUP), { read: ["/home/u/.vpo", "/mnt/usb/new"], write: ["/mnt/usb/new"], sys: SYS });
});

Deno.test("grantsFor: a copy reads the one archive, and writes in its place and its work directory", () => {
  const copy = {
    verb: "copy",
    archive: "/mnt/usb/backup.tar.gz",
    databaseSha256: "ab".repeat(32),
    createdAt: "2026-02-05T14:30:22Z",
    destination: { directory: "/mnt/second", existing: "/mnt/second" },
    claim: false,
    workPlaces: ["/home/u/.vpo"],
  } as const;
  assert.deepEqual(grantsFor(copy, WORK), {
    read: ["/mnt/usb/backup.tar.gz", "/mnt/second", WORK],
    write: ["/mnt/second", WORK],
    sys: SYS,
  });
});

Deno.test("grantsFor: a dry run of a backup looks at what is there, and makes no directory", () => {
  assert.deepEqual(grantsFor({ ...BACKUP, dryRun: true }), {
    read: ["/home/u/.vpo", "/mnt/usb"],
    write: ["/mnt/usb"],
    sys: SYS,
  });
});

Deno.test("grantsFor: a backup reads the places of the settings that there are, and writes to none of them", () => {
  const nothing = { "backup.toml": null, profiles: null, plugins: null, "data/policies": null };
  const paths = { ...nothing, "config.toml": "/etc/vpo.toml", policies: "/home/u/.vpo/policies" };
  const { read, write } = grantsFor({ ...BACKUP, settings: { paths, insist: false, copies: [] } });
  assert.deepEqual(read, ["/home/u/.vpo", "/mnt/usb/new", "/etc/vpo.toml", "/home/u/.vpo/policies"]);
  assert.deepEqual(write, ["/mnt/usb/new"]);
});

Deno.test("grantsFor: a backup tries where copies with settings go, unless somebody wants them there", () => {
  const settings = { paths: NO_PLACES, insist: false, copies: ["/mnt/second"] };
  assert.deepEqual(grantsFor({ ...BACKUP, settings }).write, ["/mnt/usb/new", "/mnt/second"]);
  assert.deepEqual(grantsFor({ ...BACKUP, settings: { ...settings, insist: true } }).write, ["/mnt/usb/new"]);
  assert.deepEqual(grantsFor({ ...BACKUP, settings, dryRun: true }).write, ["/mnt/usb"]);
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
  const undo = {
    verb: "undo",
    settingsDirectory: null,
    library,
    source: null,
    destination,
    dryRun,
    waitSeconds,
    confirm,
  } as const;
  assert.deepEqual(grantsFor(undo), { read: ["/home/u/.vpo"], write: ["/home/u/.vpo"], sys: SYS });
});

Deno.test("grantsFor: a list reads its directory and writes nothing", () => {
  const list = listRequest("/mnt/usb");
  assert.deepEqual(grantsFor(list), { read: ["/mnt/usb"], write: [], sys: SYS });
  const beside = { ...list, library: "/home/u/.vpo/library.db" };
  assert.deepEqual(grantsFor(beside), { read: ["/mnt/usb", "/home/u/.vpo"], write: [], sys: SYS });
});

Deno.test("grantsFor: verify reads the one archive, and writes only in its work directory", () => {
  const request = { verb: "verify", archive: "/mnt/usb/backup.tar.gz", anyDatabase: false } as const;
  const verify = { ...request, quick: false, tempDirectory: null, library: null } as const;
  assert.deepEqual(grantsFor(verify), { read: ["/mnt/usb/backup.tar.gz"], write: [], sys: SYS });
  assert.deepEqual(grantsFor(verify, WORK), { read: ["/mnt/usb/backup.tar.gz", WORK], write: [WORK], sys: SYS });
});

Deno.test("grantsFor: extract reads the one archive, and writes only where the library goes, also while it works", () => {
  const extract = {
    verb: "extract",
    archive: "/mnt/usb/backup.tar.gz",
    destination: { directory: "/home/u/there", existing: "/home/u" },
    salvage: false,
    settings: false,
    anyDatabase: false,
    libraries: ["/home/u/.vpo/library.db"],
  } as const;
  const read = ["/mnt/usb/backup.tar.gz", "/home/u/there"];
  assert.deepEqual(grantsFor(extract), { read, write: ["/home/u/there"], sys: SYS });
  assert.deepEqual(placesOf(extract), ["/home/u/there"]);
});

/** Directories that the work directory of a request may be made in. */
function placesOf(request: Request): readonly string[] | undefined {
  return recordOf(request).needs(request)?.work.places;
}

Deno.test("VERBS: a backup works beside the library, else beside the archive, and where it is told to", () => {
  assert.deepEqual(placesOf(BACKUP), ["/home/u/.vpo", "/mnt/usb/new"]);
  assert.deepEqual(placesOf({ ...BACKUP, tempDirectory: "/fast" }), ["/fast"]);
  assert.deepEqual(placesOf(RESTORE), ["/home/u/.vpo"]);
});

Deno.test("VERBS: what is looked at is unpacked beside the archive, else beside the library, or not at all", () => {
  using home = new Home();
  const archive = "/mnt/usb/backup.tar.gz";
  const show = {
    verb: "show",
    settings: NO_PLACES,
    archive,
    quick: false,
    tempDirectory: null,
    library: home.library,
  } as const;
  assert.deepEqual(placesOf(show), ["/mnt/usb", home.vpo]);
  assert.deepEqual(placesOf({ ...show, library: join(home.path, "unmounted", "library.db") }), ["/mnt/usb"]);
  assert.deepEqual(placesOf({ ...show, library: null }), ["/mnt/usb"]);
  assert.deepEqual(placesOf({ ...show, tempDirectory: "/fast" }), ["/fast"]);
  assert.equal(placesOf({ ...show, quick: true }), undefined);
});

Deno.test("grantsFor: status reads what is there and writes nothing", () => {
  const status = {
    verb: "status",
    directory: "/mnt/usb",
    directoryFound: true,
    library: "/home/u/.vpo/library.db",
    waitSeconds: 5,
    maxAgeSeconds: 60,
    copies: NO_COPIES,
  } as const;
  assert.deepEqual(grantsFor(status), { read: ["/mnt/usb", "/home/u/.vpo"], write: [], sys: SYS });
  assert.deepEqual(grantsFor({ ...status, copies: COPIES }).read, ["/mnt/usb", "/home/u/.vpo", "/mnt/second"]);
  const lost = { ...status, directoryFound: false, library: null };
  assert.deepEqual(grantsFor(lost), { read: [], write: [], sys: SYS });
});

Deno.test("grantsFor: pruning is planned without writing, and carried out in the one directory", () => {
  const lists = { kept: [], removed: [], newest: [], leftAlone: [], doubtful: [] } as const;
  const plan = { kind: "prune planned", directory: "/mnt/usb", ...lists } as const;
  const planning = planRequest("/mnt/usb", "/home/u/.vpo/library.db");
  const read = ["/mnt/usb", "/home/u/.vpo"];
  assert.deepEqual(grantsFor(planning), { read, write: [], sys: SYS });
  assert.deepEqual(grantsFor({ ...planning, unpack: true }, WORK), { read: [...read, WORK], write: [WORK], sys: SYS });
  assert.deepEqual(grantsFor({ verb: "prune", plan }), { read: ["/mnt/usb"], write: ["/mnt/usb"], sys: SYS });
});

Deno.test("grantsFor: a diff reads its archives and the library's directory, and writes nothing of its own", () => {
  const from = { kind: "backup", path: "/mnt/usb/backup.tar.gz" } as const;
  const to = { kind: "library", path: "/home/u/.vpo/library.db" } as const;
  const diff = {
    verb: "diff",
    settings: NO_PLACES,
    from,
    to,
    tempDirectory: null,
    library: null,
    waitSeconds: 5,
    limit: null,
  } as const;
  assert.deepEqual(grantsFor(diff), { read: ["/mnt/usb/backup.tar.gz", "/home/u/.vpo"], write: [], sys: SYS });
  assert.deepEqual(grantsFor({ ...diff, to: from }).read, ["/mnt/usb/backup.tar.gz"]);
});

Deno.test("grantsFor: an examination reads both directories, and writes the backup directory where it can", () => {
  const doctor = {
    verb: "doctor",
    settings: NO_PLACES,
    library: "/home/u/.vpo/library.db",
    directory: "/mnt/usb",
    directoryFound: true,
    mayWrite: true,
    missingPermissions: [],
    libraryRemarks: [],
    waitSeconds: 5,
    maxAgeSeconds: null,
    copies: NO_COPIES,
    writable: [],
  } as const;
  assert.deepEqual(grantsFor({ ...doctor, copies: COPIES, writable: ["/mnt/second"] }), {
    read: ["/home/u/.vpo", "/mnt/usb", "/mnt/second"],
    write: ["/mnt/usb", "/mnt/second"],
    sys: SYS,
  });
  assert.deepEqual(grantsFor(doctor), { read: ["/home/u/.vpo", "/mnt/usb"], write: ["/mnt/usb"], sys: SYS });
  assert.deepEqual(grantsFor({ ...doctor, mayWrite: false }).write, []);
  assert.deepEqual(grantsFor({ ...doctor, directoryFound: false }), { read: ["/home/u/.vpo"], write: [], sys: SYS });
});
