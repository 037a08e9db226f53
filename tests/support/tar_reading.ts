import assert from "node:assert/strict";
import { TarReader } from "../../src/archive/tar/tar_reader.ts";
import { refusal } from "./archives.ts";
import { concat } from "./bytes.ts";

/** What a {@link TarReader} hands on, in order. */
export interface TarContent {
  readonly metadata: Uint8Array;
  readonly database: Uint8Array;
  /** The size that the database was announced with, in bytes. */
  readonly announced: number;
  readonly order: readonly ("metadata" | "database")[];
}

/** Reads a tar stream that comes in these chunks. */
export function readTar(...chunks: readonly Uint8Array[]): TarContent {
  const order: ("metadata" | "database")[] = [];
  const data: Uint8Array[] = [];
  let metadata = new Uint8Array();
  let announced = -1;
  const reader = new TarReader({
    metadata(bytes) {
      order.push("metadata");
      metadata = bytes.slice();
    },
    database(size) {
      order.push("database");
      announced = size;
    },
    data: (chunk) => void data.push(chunk.slice()),
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return { metadata, database: concat(...data), announced, order };
}

/** A test that each of these tar streams is refused, whole and byte by byte, with a message that has these words. */
export function refuses(what: string, words: RegExp, ...tars: readonly Uint8Array[]): void {
  Deno.test(`TarReader: refuses ${what}`, () => {
    assert(tars.length > 0);
    for (const tar of tars) {
      assert.throws(() => readTar(tar), refusal(words));
      assert.throws(() => readTar(...Array.from(tar, (byte) => Uint8Array.of(byte))), refusal(words));
    }
  });
}
