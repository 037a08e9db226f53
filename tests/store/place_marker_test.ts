import assert from "node:assert/strict";
import { join } from "node:path";
import { MARKER_NAME, readMarker, recordLook, writeMarker } from "../../src/store/place_marker.ts";
import { Faults } from "../support/faults.ts";
import { Home } from "../support/home.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { makeSymlink } from "../support/symlinks.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const isUnix = Deno.build.os !== "windows";
const MARKER = { tool: "vpo-backup 0.1.0", created_at: "2026-02-05T14:30:22Z" };

function readText(text: string): unknown {
  using directory = new TemporaryDirectory();
  directory.file(MARKER_NAME, new TextEncoder().encode(text));
  return readMarker(directory.path);
}

Deno.test("writeMarker: what it writes is read, is small, and is never written over", () => {
  using directory = new TemporaryDirectory();
  assert.equal(readMarker(directory.path), null);
  writeMarker(directory.path, MARKER);
  assert.deepEqual(readMarker(directory.path), MARKER);
  assert.deepEqual(directory.names(), [MARKER_NAME]);
  assert.throws(() => writeMarker(directory.path, { ...MARKER, tool: "other" }), Deno.errors.AlreadyExists);
  assert.deepEqual(readMarker(directory.path), MARKER);
});

Deno.test({
  name: "writeMarker: nobody but its owner can change it, and a link under its name is not followed",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    writeMarker(directory.path, MARKER);
    assert.equal((Deno.statSync(join(directory.path, MARKER_NAME)).mode ?? 0) & 0o133, 0);
    using other = new TemporaryDirectory();
    makeSymlink(join(other.path, "victim"), join(other.path, MARKER_NAME));
    assert.throws(() => writeMarker(other.path, MARKER), Deno.errors.AlreadyExists);
    assert.deepEqual(other.names(), [MARKER_NAME]);
  },
});

Deno.test("readMarker: fields that it does not know are dropped, and nothing else passes for a marker", () => {
  assert.deepEqual(readText(JSON.stringify({ ...MARKER, looked_at: "2027-01-01T00:00:00Z" })), MARKER);
  const others = ["", "{}", "null", "[]", JSON.stringify(MARKER).slice(1), JSON.stringify({ ...MARKER, tool: 5 })];
  for (const text of others) assert.equal(readText(text), null, text);
  assert.equal(readText(JSON.stringify({ ...MARKER, created_at: "yesterday" })), null);
  assert.equal(readText(JSON.stringify(MARKER) + " ".repeat(100_000)), null, "it is too large");
  assert.equal(readText("[".repeat(60_000)), null, "and no stack runs over");
});

Deno.test({
  name: "readMarker: a directory, a pipe and a link are no markers, and nobody waits for one",
  ignore: !isUnix,
  fn() {
    using directory = new TemporaryDirectory();
    const path = join(directory.path, MARKER_NAME);
    Deno.mkdirSync(path);
    assert.equal(readMarker(directory.path), null);
    Deno.removeSync(path);
    assert(new Deno.Command("mkfifo", { args: [path] }).outputSync().success);
    assert.equal(readMarker(directory.path), null);
    Deno.removeSync(path);
    using real = new TemporaryDirectory();
    writeMarker(real.path, MARKER);
    makeSymlink(join(real.path, MARKER_NAME), path);
    assert.equal(readMarker(directory.path), null);
  },
});

Deno.test({
  name: "readMarker: a pipe put in the place of a marker that was just looked at holds nothing up (needs gcc)",
  ignore: cannotIntercept() !== null,
  async fn() {
    using home = Home.withLibrary();
    using faults = new Faults();
    const disk = join(home.path, "disk");
    Deno.mkdirSync(disk);
    writeMarker(disk, MARKER);
    const args = ["backup", "--dry-run", "--backup-dir", disk];
    assert.equal((await faults.runWithPipe(join(disk, MARKER_NAME), home, args)).code, 20);
  },
});

const LOOK = {
  archive: "vpo-library-2026-02-05T14-30-22Z.tar.gz",
  database_sha256: "ab".repeat(32),
  looked_at: "2026-03-05T14:30:22Z",
};

Deno.test("recordLook: one look for each archive that is there, in a marker that is made where there is none", () => {
  using directory = new TemporaryDirectory();
  const record = (look: typeof LOOK) => recordLook(directory.path, look, join(directory.path, "new"), MARKER);
  const other = { ...LOOK, archive: "vpo-library-2026-02-06T14-30-22Z.tar.gz" };
  for (const { archive } of [LOOK, other]) directory.file(archive, new Uint8Array());
  record(LOOK);
  assert.deepEqual(readMarker(directory.path), { ...MARKER, looks: [LOOK] });
  record(other);
  const later = { ...LOOK, looked_at: "2026-03-06T14:30:22Z" };
  record(later);
  assert.deepEqual(readMarker(directory.path)?.looks, [later, other]);
  Deno.removeSync(join(directory.path, LOOK.archive));
  record(other);
  assert.deepEqual(readMarker(directory.path)?.looks, [other]);
  assert.deepEqual(directory.names(), [MARKER_NAME, other.archive]);
});

Deno.test("recordLook: what is no marker of ours stays", () => {
  using directory = new TemporaryDirectory();
  directory.file(MARKER_NAME, new TextEncoder().encode("mine"));
  assert.throws(() => recordLook(directory.path, LOOK, join(directory.path, "new"), MARKER), /is in the way/);
  assert.deepEqual(directory.names(), [MARKER_NAME]);
  assert.equal(Deno.readTextFileSync(join(directory.path, MARKER_NAME)), "mine");
});

Deno.test("readMarker: looks that are none say nothing against the marker", () => {
  const wrong = [
    { ...LOOK, archive: "../vpo-library-2026-02-05T14-30-22Z.tar.gz" },
    { ...LOOK, archive: "vpo-library-/../../x.tar.gz" },
    { ...LOOK, database_sha256: "AB" },
    { ...LOOK, looked_at: 5 },
    null,
  ];
  for (const look of wrong) {
    assert.deepEqual(readText(JSON.stringify({ ...MARKER, looks: [look] })), { ...MARKER, looks: [] });
  }
  assert.deepEqual(readText(JSON.stringify({ ...MARKER, looks: Array(33).fill(LOOK) })), { ...MARKER, looks: [] });
});
