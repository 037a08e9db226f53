import type { Diagnosed } from "../../src/engine/protocol/mod.ts";

const MB = 1024 * 1024;
const DIRECTORY = "/home/u/.vpo/backups";
const LIBRARY = "/home/u/.vpo/library.db";

/** An examination that finds nothing wrong. */
export const DIAGNOSED: Diagnosed = {
  kind: "diagnosed",
  runtime: { program: "vpo-backup 0.1.0", deno: "2.9.6", sqlite: "3.53.2", system: "linux x86_64" },
  missingPermissions: [],
  libraryRemarks: [],
  library: {
    path: LIBRARY,
    state: "sound",
    reason: null,
    size: 52.4 * MB,
    logSize: 4.1 * MB,
    journal: "wal",
    fileCount: 1523,
    schemaVersion: 27,
    remarks: { stale: null, unchecked: [] },
    access: { mode: 0o644, owner: 1000 },
    file: "plain",
  },
  directory: {
    path: DIRECTORY,
    found: true,
    unwritable: null,
    unsynced: null,
    access: { mode: 0o700, owner: 1000 },
    readableByOthers: [],
    writableByOthers: [],
    foreign: [],
    error: null,
  },
  status: {
    kind: "status",
    concerns: [],
    directory: DIRECTORY,
    checkedAt: "2026-02-05T23:30:22.000Z",
    maxAgeSeconds: Infinity,
    newest: {
      filename: "vpo-library-2026-02-05T14-30-22Z.tar.gz",
      path: `${DIRECTORY}/vpo-library-2026-02-05T14-30-22Z.tar.gz`,
      createdAt: "2026-02-05T14:30:22Z",
      ageSeconds: 9 * 3600,
      archiveSize: 18.2 * MB,
      databaseSize: 52.4 * MB,
      fileCount: 1523,
      schemaVersion: 27,
    },
    newestFault: null,
    count: 2,
    damagedCount: 0,
    unreadableCount: 0,
    totalSize: 36.4 * MB,
    free: 12 * 1024 * MB,
    needed: 104.8 * MB,
    onLibraryDisk: false,
    library: { path: LIBRARY, state: "found", changed: false, fileCount: 400, error: null },
    copies: [],
    copyMaxAgeSeconds: Infinity,
  },
  work: { directory: "/home/u/.vpo", refusal: null },
  leftovers: [],
  copies: [],
  copyMaxAgeSeconds: 8 * 86_400,
};
