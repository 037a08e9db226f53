import { createTarPacker, type TarHeader } from "modern-tar";
import { SETTINGS_PREFIX } from "../../store/settings/names.ts";
import type { SettingsHead } from "../../store/settings/settings_index.ts";
import { BLOCK_CONTENT_BYTES } from "../block.ts";

/** Name of the member with the metadata, as VPO writes it. */
export const METADATA_MEMBER = "backup_metadata.json";
/** Name of the member with the database, as VPO writes it. */
export const DATABASE_MEMBER = "library.db";

/** The size of a tar record, in bytes: headers are one, members are padded to a multiple. */
export const TAR_RECORD_BYTES = 512;

/** Length of the name field in a tar header, in bytes; a longer name stands in a PAX header before it. */
const MAX_HEADER_NAME_BYTES = 100;

/** What follows the database in the tar stream: the end mark. A database fills whole records by itself. */
export const TAR_TAIL: Uint8Array = new Uint8Array(2 * TAR_RECORD_BYTES);

/**
 * The metadata as a member of the tar stream: its header, its body, and zeros to a whole record.
 *
 * @throws when that does not fit the first block of an archive, which holds nothing else
 */
export async function metadataMember(metadata: Uint8Array, time: Date): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const length = TAR_RECORD_BYTES * (1 + Math.ceil(metadata.length / TAR_RECORD_BYTES));
  if (length > BLOCK_CONTENT_BYTES) throw new Error(`the metadata are ${metadata.length} bytes long`);
  const body = controller.add({ ...fileOf(time), name: METADATA_MEMBER, size: metadata.length }).getWriter();
  await body.write(metadata);
  await body.close();
  return await read(readable, (bytes) => bytes >= length);
}

/**
 * The header of the database, which precedes it in the tar stream.
 *
 * @param size of the database in bytes, a multiple of 512 as every SQLite database's is; beyond 8 GiB the header is in
 * PAX form
 */
export async function databaseHeader(size: number, time: Date): Promise<Uint8Array> {
  const { readable, controller } = createTarPacker();
  controller.add({ ...fileOf(time), name: DATABASE_MEMBER, size });
  const name = new TextEncoder().encode(`${DATABASE_MEMBER}\0`);
  return await read(readable, (_, record) => name.every((byte, index) => record[index] === byte));
}

/** Of a settings file in an archive. */
function memberNameOf({ name }: SettingsHead): string {
  return SETTINGS_PREFIX + name;
}

/**
 * The header of a settings file, which precedes it in the tar stream. It holds the modification time, so that it is the
 * same in every backup until the file changes.
 */
export async function settingsHeader(head: SettingsHead): Promise<Uint8Array> {
  const name = memberNameOf(head);
  const { readable, controller } = createTarPacker();
  const mtime = new Date(head.modified * 1000);
  const file = { ...fileOf(mtime), mode: head.mode, size: head.size };
  const length = settingsMemberBytes({ ...head, size: 0 });
  if (length === TAR_RECORD_BYTES) controller.add({ ...file, name });
  // The header's own name is then ignored.
  else controller.add({ ...file, name: `${SETTINGS_PREFIX}long-name`, pax: { path: name } });
  return await read(readable, (bytes) => bytes >= length);
}

/** The size of a settings file in the tar stream, with its header and padding, in bytes. */
export function settingsMemberBytes(head: SettingsHead): number {
  const nameBytes = new TextEncoder().encode(memberNameOf(head)).length;
  const pax = nameBytes <= MAX_HEADER_NAME_BYTES ? 0 : TAR_RECORD_BYTES + wholeRecords(paxRecordBytes(nameBytes));
  return pax + TAR_RECORD_BYTES + wholeRecords(head.size);
}

/** Of `<length> path=<name>\n`, where the length counts its own digits. */
function paxRecordBytes(nameBytes: number): number {
  const rest = " path=\n".length + nameBytes;
  const digits = String(rest + String(rest).length).length;
  return rest + digits;
}

function wholeRecords(bytes: number): number {
  return Math.ceil(bytes / TAR_RECORD_BYTES) * TAR_RECORD_BYTES;
}

function fileOf(time: Date): Omit<TarHeader, "name" | "size"> {
  return { mode: 0o600, mtime: time, type: "file", uid: 0, gid: 0 };
}

/** @param isLast whether what was read so far, `bytes` in all, ends with the last piece that is wanted */
async function read(
  tar: ReadableStream<Uint8Array<ArrayBuffer>>,
  isLast: (bytes: number, piece: Uint8Array) => boolean,
): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of tar) {
    pieces.push(piece);
    bytes += piece.length;
    if (isLast(bytes, piece)) break;
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
