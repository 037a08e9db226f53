import { TarReader } from "../../src/archive/tar/tar_reader.ts";
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
