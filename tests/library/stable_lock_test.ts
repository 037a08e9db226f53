import assert from "node:assert/strict";
import { holdLibrary } from "../../src/library/lock.ts";
import { lockStable } from "../../src/library/stable_lock.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** A lock that is taken on whatever stands at a path. */
class Lock implements Disposable {
  isHeld = true;

  [Symbol.dispose](): void {
    this.isHeld = false;
  }
}

/** Puts another file in the place of the one at `path`, as a restore does. */
function replace(directory: TemporaryDirectory, path: string): void {
  Deno.renameSync(directory.file("other", new Uint8Array([1])), path);
}

Deno.test("lockStable: a lock on a file that was replaced meanwhile is let go and taken anew", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db", new Uint8Array([0]));
  const locks: Lock[] = [];
  const held = lockStable(path, () => {
    if (locks.length < 2) replace(directory, path);
    locks.push(new Lock());
    return locks.at(-1) as Lock;
  });
  assert.deepEqual(locks.map(({ isHeld }) => isHeld), [false, false, true]);
  assert.equal(held, locks[2]);
});

Deno.test("lockStable: gives up a file that is replaced without end, and holds nothing", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("library.db", new Uint8Array([0]));
  const locks: Lock[] = [];
  const lock = () => {
    replace(directory, path);
    locks.push(new Lock());
    return locks.at(-1) as Lock;
  };
  assert.throws(() => lockStable(path, lock), /replaced again and again/);
  assert(locks.every(({ isHeld }) => !isHeld));
});

Deno.test("lockStable: what taking the lock throws comes through", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() =>
    lockStable(directory.file("missing"), () => {
      throw new Error("busy");
    }), /busy/);
  assert.equal(holdLibrary(directory.file("missing"), 0).state, "absent");
});
