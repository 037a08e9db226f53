import assert from "node:assert/strict";
import { asDeno, errnoOf } from "../../src/store/errno.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

Deno.test("errnoOf: takes Deno's code, and the number where Deno has none", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() => Deno.openSync(directory.file("missing")), (error) => errnoOf(error) === "ENOENT");
  const numbered = (number: number) => new Error(`Something (os error ${number}): write`);
  assert.equal(errnoOf(numbered(27), "linux"), "EFBIG");
  assert.equal(errnoOf(numbered(122), "linux"), "EDQUOT");
  assert.equal(errnoOf(numbered(69), "darwin"), "EDQUOT");
  assert.equal(errnoOf(numbered(112), "windows"), "ENOSPC");
  assert.equal(errnoOf(numbered(9999), "linux"), "");
  assert.equal(errnoOf(new Error("no error of the system's")), "");
  assert.equal(errnoOf("text"), "");
});

/** As Node's API throws it: what it has no name for is UNKNOWN, with the negative number. */
function ofNode(code: string, number: number, words: string, call: string): Error {
  return Object.assign(new Error(`${code}: ${words}, ${call}`), { code, errno: -number });
}

function asToldBy(error: Error): readonly [string, string] {
  try {
    asDeno(() => {
      throw error;
    });
  } catch (told) {
    return [errnoOf(told), (told as Error).message];
  }
  return assert.fail();
}

// "Cannot back up the library: unknown error", where a share had gone stale or a quota was used up.
Deno.test({
  name: "asDeno: puts into words what Node's API has no name for",
  ignore: Deno.build.os !== "linux",
  fn() {
    const unknown = (number: number, call: string) => asToldBy(ofNode("UNKNOWN", number, "unknown error", call));
    assert.deepEqual(unknown(116, "read"), ["ESTALE", "Stale file handle"]);
    assert.deepEqual(unknown(122, "write"), ["EDQUOT", "Disk quota exceeded"]);
    assert.deepEqual(unknown(116, "open '/a'"), ["ESTALE", "Stale file handle: open '/a'"]);
    assert.deepEqual(unknown(524, "read"), ["UNKNOWN", "the file system reports error 524"]);
    for (
      const number of [15, 35, 37, 61, 62, 66, 67, 70, 74, 75, 77, 85, 87, 115, 117, 123, 124, 126, 127, 128, 129, 133]
    ) {
      const [errno, words] = unknown(number, "read");
      assert.notEqual(errno, "UNKNOWN", `${number}`);
      assert.doesNotMatch(words, /reports error|unknown/, `${number}`);
    }
  },
});

Deno.test("asDeno: errors that Node's API knows are as Deno's, and others are not touched", () => {
  assert.deepEqual(asToldBy(ofNode("EIO", 5, "i/o error", "read")), ["EIO", "Input/output error"]);
  const away = ofNode("EHOSTDOWN", 112, "host is down", "statfs '/a'");
  assert.deepEqual(asToldBy(away), ["EHOSTDOWN", "host is down: statfs '/a'"]);
  const other = new Error("something else");
  assert.throws(() =>
    asDeno(() => {
      throw other;
    }), (error) => error === other);
});
