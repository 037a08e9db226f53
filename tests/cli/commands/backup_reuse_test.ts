import assert from "node:assert/strict";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { BLOCK_HEADER_BYTES, blockLength } from "../../../src/archive/block.ts";
import { prose, sha256 } from "../../support/bytes.ts";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";

interface Created {
  readonly path: string;
  readonly reused_bytes: number;
  readonly archive_size_bytes: number;
}

/** A library of some blocks, of which a later change touches the last ones. */
function makeHome(): Home {
  const home = Home.withLibrary();
  execute(home.library, "CREATE TABLE more (text)");
  for (let row = 0; row < 4; row++) execute(home.library, `INSERT INTO more VALUES ('${prose(1_500_000)}${row}')`);
  return home;
}

async function backUp(home: Home, ...args: string[]): Promise<Created & { readonly stderr: string }> {
  const { code, stdout, stderr } = await home.run(["backup", "--json", ...args]);
  assert.equal(code, 0, stderr + stdout);
  return { ...JSON.parse(stdout) as Created, stderr };
}

async function requireWhole(home: Home, path: string): Promise<void> {
  const { code, stdout, stderr } = await home.run(["verify", path]);
  assert.equal(code, 0, stdout + stderr);
}

/** The first block of the library: before it stand the metadata and the library's tar header. */
function firstOfLibrary(bytes: Uint8Array): { readonly at: number; readonly length: number } {
  const second = blockLength(bytes);
  const at = second + blockLength(bytes.subarray(second));
  return { at, length: blockLength(bytes.subarray(at)) };
}

Deno.test("backup: what the newest archive has already is copied from it", async () => {
  using home = makeHome();
  const first = await backUp(home);
  assert.equal(first.reused_bytes, 0);
  const again = await backUp(home);
  assert(again.reused_bytes > 0.9 * again.archive_size_bytes, `${again.reused_bytes}`);
  execute(home.library, "UPDATE more SET text = 'new' WHERE rowid = 4");
  const changed = await backUp(home);
  assert(changed.reused_bytes > 0 && changed.reused_bytes < again.reused_bytes, `${changed.reused_bytes}`);
  await requireWhole(home, changed.path);
});

testMore("backup: where several libraries share the directory, each uses what it has itself", async () => {
  using home = makeHome();
  const other = join(home.path, "other.db");
  Deno.copyFileSync(home.library, other);
  execute(
    other,
    "UPDATE files SET path = '/srv/other/' || id || ' of another.mkv'; UPDATE more SET text = text || 'x'",
  );
  await backUp(home);
  for (let time = 0; time < 3; time++) {
    assert.equal((await backUp(home, "--library", other)).reused_bytes > 0, time > 0);
  }
  const again = await backUp(home);
  assert(again.reused_bytes > 0.9 * again.archive_size_bytes, `${again.reused_bytes}`);
});

testMore("backup: nothing is copied with --no-reuse, from another level, or from elsewhere", async () => {
  using home = makeHome();
  await backUp(home);
  assert.equal((await backUp(home, "--no-reuse")).reused_bytes, 0);
  assert.equal((await backUp(home, "--level", "1")).reused_bytes, 0);
  assert.equal((await backUp(home, "--make-dir", "--output", join(home.path, "other") + "/")).reused_bytes, 0);
});

testMore("backup: a damaged block is packed anew, and the archive that has it is named", async () => {
  using home = makeHome();
  const first = await backUp(home);
  const bytes = Deno.readFileSync(first.path);
  const at = firstOfLibrary(bytes).at + BLOCK_HEADER_BYTES + 50;
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  Deno.writeFileSync(first.path, bytes);
  const { path, stderr, reused_bytes } = await backUp(home);
  assert.match(stderr, /^Warning: ".*" is damaged: its damaged blocks were compressed again\n$/);
  assert(stderr.includes(first.path));
  assert(reused_bytes > 0, "the other blocks are used");
  await requireWhole(home, path);
});

testMore("backup: a block that says that it holds what it does not is packed anew", async () => {
  using home = makeHome();
  const first = await backUp(home);
  const bytes = Deno.readFileSync(first.path);
  const { at, length } = firstOfLibrary(bytes);
  // Other content of the same compressed length would be hard to make, so the data only begin as deflate data do.
  const data = bytes.subarray(at + BLOCK_HEADER_BYTES, at + length - 8);
  data.set(deflateRawSync(prose(2000)).subarray(0, 500));
  new DataView(bytes.buffer).setUint32(at + 20, crc32(data), true);
  Deno.writeFileSync(first.path, bytes);
  const { path, stderr, reused_bytes } = await backUp(home);
  assert.match(stderr, /is damaged: its damaged blocks were compressed again/);
  assert(reused_bytes > 0, "the other blocks are used");
  await requireWhole(home, path);
  assert.notEqual(sha256(Deno.readFileSync(path)), sha256(bytes));
});
