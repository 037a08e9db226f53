import assert from "node:assert/strict";
import { BLOCK_CONTENT_BYTES } from "../../src/archive/block.ts";
import { whyNotAsWritten } from "../../src/archive/read_back.ts";
import { writeArchive } from "../../src/archive/write.ts";
import { ownMetadata } from "../support/archives.ts";
import { concat, noise, prose } from "../support/bytes.ts";
import { TemporaryDirectory } from "../support/temporary.ts";
import { splitBlocks } from "../torture/archives/blocks.ts";

Deno.test("whyNotAsWritten: finds every byte that is not what was written, and blocks that changed places", async () => {
  using directory = new TemporaryDirectory();
  const database = concat(prose(BLOCK_CONTENT_BYTES), noise(2 * BLOCK_CONTENT_BYTES));
  using source = Deno.openSync(directory.file("library.db", database));
  const path = directory.file("archive.tar.gz");
  using made = Deno.openSync(path, { write: true, createNew: true });
  const written = await writeArchive(made, source, ownMetadata(database.length), { level: 6 });
  const bytes = Deno.readFileSync(path);
  const why = (changed: Uint8Array) => {
    using archive = Deno.openSync(directory.file("changed.tar.gz", changed));
    return whyNotAsWritten(archive, written, () => {});
  };

  assert.equal(why(bytes), null);
  for (const at of [0, 100, written.head.length, bytes.length >> 1, bytes.length - 1]) {
    assert.match(why(bytes.with(at, (bytes[at] ?? 0) ^ 1)) ?? "", /differ/, `byte ${at}`);
  }
  const blocks = splitBlocks(bytes);
  const [third = bytes, fourth = bytes] = blocks.slice(3, 5);
  assert.match(why(concat(...blocks.with(3, fourth).with(4, third))) ?? "", /differs from what was written/);
  assert.match(why(bytes.subarray(0, -1)) ?? "", /bytes long/);
  assert.match(why(concat(bytes, Uint8Array.of(0))) ?? "", /bytes long/);
});
