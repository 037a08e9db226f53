import { BLOCK_CONTENT_BYTES, BLOCK_HEADER_BYTES, blockLength, packBlock } from "../../../src/archive/block.ts";
import {
  databaseHeader,
  METADATA_MEMBER,
  metadataMember,
  TAR_RECORD_BYTES,
} from "../../../src/archive/tar/tar_frame.ts";
import { type Metadata, serializeMetadata } from "../../../src/store/metadata.ts";
import { TOOL } from "../../../src/version.ts";
import { concat, sha256 } from "../../support/bytes.ts";
import { padded } from "../../support/tar.ts";

/** The blocks that an archive of this program consists of. */
export function splitBlocks(archive: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < archive.length;) {
    const length = blockLength(archive.subarray(at, at + BLOCK_HEADER_BYTES));
    blocks.push(archive.subarray(at, at + length));
    at += length;
  }
  return blocks;
}

/** What is in the libraries that the trials make. */
export const FACTS = { schema: 27, files: 3 } as const;

/** Metadata of an archive of this program, as they should be for this database. */
export function rightMetadata(database: Uint8Array, facts: { readonly schema: number; readonly files: number }) {
  return {
    vpo_version: TOOL,
    schema_version: facts.schema,
    created_at: "2026-02-05T14:30:22Z",
    database_size_bytes: database.length,
    file_count: facts.files,
    total_library_size_bytes: 0,
    compression: "gzip",
    tool: TOOL,
    database_sha256: sha256(database),
  } satisfies Metadata;
}

/** The contents of the blocks of an archive of this program that holds these two members, whatever is in them. */
export async function blockContents(metadata: Uint8Array, database: Uint8Array): Promise<Uint8Array[]> {
  const time = new Date("2026-02-05T14:30:22Z");
  const blocks: Uint8Array[] = [await metadataMember(metadata, time), await databaseHeader(database.length, time)];
  for (let at = 0; at < database.length; at += BLOCK_CONTENT_BYTES) {
    blocks.push(database.subarray(at, at + BLOCK_CONTENT_BYTES));
  }
  // A database that is one fills its last record by itself; those of the trials need not be one.
  const padding = padded(database).length - database.length;
  return [...blocks, new Uint8Array(padding + 2 * TAR_RECORD_BYTES)];
}

/** An archive in the form that this program writes: right in all but what is in its members. */
export async function archiveInBlocks(metadata: Metadata | Uint8Array, database: Uint8Array): Promise<Uint8Array> {
  const bytes = metadata instanceof Uint8Array ? metadata : serializeMetadata(metadata);
  const contents = await blockContents(bytes, database);
  return concat(...contents.map((content) => packBlock(content, 1)));
}

/** The library in an archive, read by the rules of gzip and tar alone. */
export function databaseIn(tar: Uint8Array): Uint8Array {
  const text = (at: number, bytes: number) => new TextDecoder().decode(tar.subarray(at, at + bytes));
  const size = (at: number) => Number.parseInt(text(at + 124, 11), 8);
  const first = text(0, METADATA_MEMBER.length);
  const at = first === METADATA_MEMBER
    ? TAR_RECORD_BYTES + Math.ceil(size(0) / TAR_RECORD_BYTES) * TAR_RECORD_BYTES
    : 0;
  return tar.subarray(at + TAR_RECORD_BYTES, at + TAR_RECORD_BYTES + size(at));
}
