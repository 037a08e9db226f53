import assert from "node:assert/strict";
import { listSetAside } from "../../../src/engine/replace/set_aside.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const EMPTY = new Uint8Array();

Deno.test("listSetAside: the newest first, those of one second by their number", () => {
  using directory = new TemporaryDirectory();
  const library = directory.file("library.db", EMPTY);
  const names = ["2026-02-06T09-12-44Z", "2026-02-06T09-12-44Z-2", "2025-12-31T23-59-59Z"];
  for (const name of names) directory.file(`library.db.before-restore-${name}`, new Uint8Array([1]));
  directory.file("library.db.before-restore-soon", EMPTY);
  const order = [1, 0, 2].map((index) => `${library}.before-restore-${names[index]}`);
  assert.deepEqual(listSetAside(library), order);
});

testWithSymlinks("listSetAside: neither links nor the library itself under a second name", () => {
  using directory = new TemporaryDirectory();
  const library = directory.file("library.db", EMPTY);
  makeSymlink("nowhere", `${library}.before-restore-2026-02-06T09-12-44Z`);
  makeSymlink("library.db", `${library}.before-restore-2026-02-06T09-12-45Z`);
  Deno.linkSync(library, `${library}.before-restore-2026-02-06T09-12-46Z`);
  Deno.mkdirSync(`${library}.before-restore-2026-02-06T09-12-47Z`);
  assert.deepEqual(listSetAside(library), []);
});
