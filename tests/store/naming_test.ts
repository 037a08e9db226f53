import assert from "node:assert/strict";
import { basename } from "node:path";
import fc from "fast-check";
import {
  archiveName,
  archiveSerial,
  archiveTime,
  isArchiveName,
  isoSeconds,
  libraryOfSetAside,
  newestFirst,
  newestNameFirst,
  newestSetAside,
  parseSetAside,
  setAsidePath,
} from "../../src/store/naming.ts";

const TIME = new Date("2026-02-05T14:30:22Z");
const LAST_YEAR_OF_FOUR_DIGITS = new Date("9999-12-31T23:59:59Z");

const times = fc.date({ min: new Date(0), max: LAST_YEAR_OF_FOUR_DIGITS, noInvalidDate: true });
const serials = fc.integer({ min: 1, max: 999 });

function wholeSeconds(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

Deno.test("archiveName: is VPO's form of the time in UTC, and numbered from the second of a second on", () => {
  assert.equal(archiveName(TIME), "vpo-library-2026-02-05T14-30-22Z.tar.gz");
  assert.equal(archiveName(new Date("2026-02-05T14:30:22.999Z")), "vpo-library-2026-02-05T14-30-22Z.tar.gz");
  assert.equal(archiveName(new Date("2026-02-05T23:30:22-02:00")), "vpo-library-2026-02-06T01-30-22Z.tar.gz");
  assert.equal(archiveName(TIME, 1), "vpo-library-2026-02-05T14-30-22Z.tar.gz");
  assert.equal(archiveName(TIME, 2), "vpo-library-2026-02-05T14-30-22Z-2.tar.gz");
  assert.equal(archiveName(TIME, 1000), "vpo-library-2026-02-05T14-30-22Z-1000.tar.gz");
});

Deno.test("archiveTime: gives back the second that archiveName was given", () => {
  fc.assert(fc.property(times, serials, (time, serial) => {
    const name = archiveName(time, serial);
    assert(isArchiveName(name));
    assert.deepEqual(archiveTime(name), wholeSeconds(time));
  }));
});

Deno.test("archiveTime: reads both of VPO's forms", () => {
  assert.deepEqual(archiveTime("vpo-library-2026-02-05T14-30-22Z.tar.gz"), TIME);
  assert.deepEqual(archiveTime("vpo-library-2026-02-05T143022Z.tar.gz"), TIME);
  assert.deepEqual(archiveTime("vpo-library-2026-02-05T143022Z-2.tar.gz"), TIME);
  assert.deepEqual(archiveTime("vpo-library-2024-02-29T00-00-00Z.tar.gz"), new Date("2024-02-29T00:00:00Z"));
});

Deno.test("archiveTime: is null where a name has no time, or one that never was", () => {
  for (
    const name of [
      "",
      "vpo-library-.tar.gz",
      "vpo-library-latest.tar.gz",
      "vpo-library-2026-02-30T14-30-22Z.tar.gz",
      "vpo-library-2025-02-29T14-30-22Z.tar.gz",
      "vpo-library-2026-13-01T14-30-22Z.tar.gz",
      "vpo-library-2026-00-01T14-30-22Z.tar.gz",
      "vpo-library-2026-02-05T24-00-00Z.tar.gz",
      "vpo-library-2026-02-05T14-60-22Z.tar.gz",
      "vpo-library-2026-02-05T14-30-60Z.tar.gz",
      "vpo-library-2026-02-05T14-30-22.tar.gz",
      "vpo-library-2026-02-05T14:30:22Z.tar.gz",
      "vpo-library-2026-02-05T14-30-22Z.tar",
      "vpo-library-2026-02-05T14-30-22Z.tar.gz.part",
      "vpo-library-2026-02-05T14-30-22Z-.tar.gz",
      "vpo-library-2026-02-05T14-30-22Z-x.tar.gz",
      "vpo-library-2026-02-05T14-30-22ZZtarZgz",
      "x-vpo-library-2026-02-05T14-30-22Z.tar.gz",
      "vpo-library-2026-02-05T14-30-22Z.tar.gz\n",
    ]
  ) {
    assert.equal(archiveTime(name), null, name);
  }
});

Deno.test("archiveSerial: is an archive's place among those of its second, or 0", () => {
  fc.assert(fc.property(times, serials, (time, serial) => {
    assert.equal(archiveSerial(archiveName(time, serial)), serial);
  }));
  assert.equal(archiveSerial("vpo-library-2026-02-05T143022Z.tar.gz"), 1);
  assert.equal(archiveSerial("vpo-library-latest.tar.gz"), 0);
  assert.equal(archiveSerial("library.db"), 0);
});

Deno.test("isArchiveName: takes every name of a backup, whatever stands in its middle", () => {
  for (const name of ["vpo-library-2026-02-05T14-30-22Z.tar.gz", "vpo-library-before-update.tar.gz"]) {
    assert.equal(isArchiveName(name), true, name);
  }
  for (
    const name of [
      "library.db",
      "vpo-library-2026-02-05T14-30-22Z.tar",
      "vpo-library-2026-02-05T14-30-22Z.tar.gz.part",
      ".vpo-library-2026-02-05T14-30-22Z.tar.gz",
      "vpo-library.tar.gz",
      "other.tar.gz",
    ]
  ) {
    assert.equal(isArchiveName(name), false, name);
  }
});

Deno.test("setAsidePath: stands beside the library under its name", () => {
  assert.equal(setAsidePath("/v/library.db", TIME, 1), "/v/library.db.before-restore-2026-02-05T14-30-22Z");
  assert.equal(setAsidePath("/v/library.db", TIME, 3), "/v/library.db.before-restore-2026-02-05T14-30-22Z-3");
});

Deno.test("newestSetAside: goes by the serial, whatever the clock said, and by the time among equals", () => {
  const name = (time: Date, serial: number) => {
    const parsed = parseSetAside("library.db", basename(setAsidePath("library.db", time, serial)));
    assert(parsed !== null);
    return parsed;
  };
  fc.assert(fc.property(times, serials, times, serials, (time, serial, otherTime, otherSerial) => {
    const seconds = wholeSeconds(otherTime).getTime() - wholeSeconds(time).getTime();
    const expected = serial === otherSerial ? seconds : otherSerial - serial;
    assert.equal(Math.sign(newestSetAside(name(time, serial), name(otherTime, otherSerial))), Math.sign(expected));
  }));
});

Deno.test("parseSetAside: is null for what is not a set-aside library of this library", () => {
  for (
    const name of [
      "library.db",
      "library.db-wal",
      "library.db.before-restore-",
      "library.db.before-restore-2026-02-05T14-30-22Z-wal",
      "library.db.before-restore-2026-02-05T14-30-22Z-shm",
      "library.db.before-restore-2026-02-05T14-30-22Z-journal",
      "library.db.before-restore-2026-02-30T14-30-22Z",
      "library.db.before-restore-2026-02-05T14-30-22Z.bak",
      "library.db.bak.before-restore-2026-02-05T14-30-22Z",
      "library.db2.before-restore-2026-02-05T14-30-22Z",
      "other.db.before-restore-2026-02-05T14-30-22Z",
      "x.library.db.before-restore-2026-02-05T14-30-22Z",
    ]
  ) {
    assert.equal(parseSetAside("library.db", name), null, name);
  }
});

Deno.test("parseSetAside: takes the name of a library literally", () => {
  assert.notEqual(parseSetAside("a+b(c).db", setAsidePath("a+b(c).db", TIME, 1)), null);
  assert.equal(parseSetAside("a.db", setAsidePath("axdb", TIME, 1)), null);
});

Deno.test("libraryOfSetAside: is the path before the name's time, and null for other names", () => {
  for (const library of ["/v/library.db", "/v/a.before-restore-b.db"]) {
    assert.equal(libraryOfSetAside(setAsidePath(library, TIME, 2)), library);
    assert.equal(libraryOfSetAside(`${library}.before-restore-monday`), null);
    assert.equal(libraryOfSetAside(library), null);
  }
});

Deno.test("isoSeconds: is UTC to the second, cut and not rounded", () => {
  assert.equal(isoSeconds(TIME), "2026-02-05T14:30:22Z");
  assert.equal(isoSeconds(new Date("2026-12-31T23:59:59.999Z")), "2026-12-31T23:59:59Z");
  assert.equal(isoSeconds(new Date("2026-02-05T16:30:22+02:00")), "2026-02-05T14:30:22Z");
});

Deno.test("newestFirst, newestNameFirst: of one second the one with the higher number is the newer", () => {
  const names = [archiveName(TIME, 10), archiveName(TIME, 2), archiveName(TIME)];
  const made = names.map((filename) => ({ filename, createdAt: isoSeconds(TIME) }));
  assert.deepEqual(names.toReversed().sort(newestNameFirst), names);
  assert.deepEqual(made.toReversed().sort(newestFirst), made);
  const later = archiveName(new Date(TIME.getTime() + 1000));
  assert.deepEqual(["vpo-library-copy.tar.gz", ...names, later].sort(newestNameFirst), [
    later,
    ...names,
    "vpo-library-copy.tar.gz",
  ]);
});
