import assert from "node:assert/strict";
import { BackupError } from "../../src/errors.ts";
import { freeBytes, insufficientSpace, requireSpace, SPACE_MARGIN_BYTES } from "../../src/store/space.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { isInstalled, run } from "../support/commands.ts";

/** What others may write while a test runs. */
const SLACK_BYTES = 512 * 1024 * 1024;

function isRefusal(error: unknown): true {
  assert(error instanceof BackupError);
  assert.equal(error.code, "insufficient_space");
  assert.notEqual(error.hint, null);
  return true;
}

// Needs GNU df.
Deno.test({
  name: "freeBytes: is what df calls available",
  ignore: !isInstalled("df", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    const { stdout } = await run("df", ["--block-size=1", "--output=avail", directory.path]);
    const available = Number(stdout.split("\n")[1]);
    assert(Math.abs(freeBytes(directory.path) - available) < SLACK_BYTES);
  },
});

Deno.test("freeBytes: fails where there is no such directory", () => {
  using directory = new TemporaryDirectory();
  assert.throws(() => freeBytes(directory.file("missing")), /ENOENT|No such file/);
});

Deno.test("requireSpace: lets pass what fits with the margin and refuses what does not", () => {
  using directory = new TemporaryDirectory();
  const free = freeBytes(directory.path);
  requireSpace(directory.path, 0, "Cannot back up the library");
  requireSpace(directory.path, Math.max(0, free - SPACE_MARGIN_BYTES - SLACK_BYTES), "Cannot back up the library");
  for (const needed of [free + SLACK_BYTES, free - SPACE_MARGIN_BYTES + SLACK_BYTES, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => requireSpace(directory.path, needed, "Cannot back up the library"), isRefusal);
  }
});

Deno.test("requireSpace: says where, how much is needed and how much is free", () => {
  using directory = new TemporaryDirectory();
  const needed = 2 ** 50;
  assert.throws(() => requireSpace(directory.path, needed, "Cannot back up the library"), (error) => {
    isRefusal(error);
    const [, path, wanted] =
      /^Cannot back up the library: not enough space in "(.+)": ([\d.]+) MB are needed, [\d.]+ MB are free$/
        .exec((error as BackupError).message) ?? [];
    assert.equal(path, directory.path);
    assert.equal(wanted, ((needed + SPACE_MARGIN_BYTES) / 1024 / 1024).toFixed(1));
    return true;
  });
});

Deno.test("insufficientSpace: keeps its cause", () => {
  const cause = new Error("ENOSPC");
  assert.equal(insufficientSpace("Cannot restore", "/x", "it is full", cause).cause, cause);
});
