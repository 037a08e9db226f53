import assert from "node:assert/strict";
import { join } from "node:path";
import { listSetAside, removeSecondNames } from "../../../src/engine/replace/set_aside.ts";
import { makeSymlink, testWithSymlinks } from "../../support/symlinks.ts";
import { answering } from "../../support/surroundings/mounts.ts";
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

Deno.test("removeSecondNames: takes the second name of a library away, not the library that was replaced by it", () => {
  using directory = new TemporaryDirectory();
  const library = directory.file("library.db", EMPTY);
  const [second, replaced] = [46, 47].map((second) => `${library}.before-restore-2026-02-06T09-12-${second}Z`);
  Deno.linkSync(library, second ?? "");
  Deno.writeTextFileSync(replaced ?? "", "replaced");
  removeSecondNames(library, null);
  assert.deepEqual(listSetAside(library), [replaced]);
  assert.equal(Deno.statSync(library).nlink ?? 1, 1);
});

const ALIKE = answering({ link: "EPERM" }, 7);

Deno.test({
  name: "removeSecondNames: a library that was replaced stays where all files have one number (needs root and FUSE)",
  ignore: !ALIKE.can,
  fn() {
    using directory = new TemporaryDirectory();
    using disk = ALIKE.mount(join(directory.path, "disk"));
    const library = join(disk.path, "library.db");
    const replaced = `${library}.before-restore-2026-02-06T09-12-46Z`;
    for (const path of [library, replaced]) Deno.writeTextFileSync(path, path);
    assert.equal(Deno.statSync(library).ino, Deno.statSync(replaced).ino);
    removeSecondNames(library, null);
    assert.deepEqual([listSetAside(library), Deno.readTextFileSync(replaced)], [[replaced], replaced]);
  },
});
