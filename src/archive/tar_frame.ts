import { createTarPacker, type TarHeader } from "modern-tar";

/** Names of the two members of an archive, as VPO writes them. */
export const METADATA_MEMBER = "backup_metadata.json";
export const DATABASE_MEMBER = "library.db";

/** The unit that tar counts in, in bytes: headers are one, members are filled up to a multiple. */
export const TAR_RECORD_BYTES = 512;

/** What stands in the tar stream after the database: its end mark. A database fills whole records by itself. */
export const TAR_TAIL: Uint8Array = new Uint8Array(2 * TAR_RECORD_BYTES);

/**
 * What stands in the tar stream before the database: the header and the body of the metadata and the header of the
 * database. Its length depends on the length of `metadata` only.
 *
 * @param databaseSize in bytes, a multiple of 512 as every SQLite database's is; beyond 8 GiB the header is in PAX form
 */
export async function tarHead(metadata: Uint8Array, databaseSize: number, time: Date): Promise<Uint8Array> {
  const owner = { mode: 0o600, mtime: time, type: "file", uid: 0, gid: 0 } as const satisfies Partial<TarHeader>;
  const { readable, controller } = createTarPacker();
  const body = controller.add({ ...owner, name: METADATA_MEMBER, size: metadata.length }).getWriter();
  await body.write(metadata);
  await body.close();
  controller.add({ ...owner, name: DATABASE_MEMBER, size: databaseSize });
  return await readUntilDatabase(readable);
}

async function readUntilDatabase(tar: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array> {
  const records: Uint8Array<ArrayBuffer>[] = [];
  const name = new TextEncoder().encode(`${DATABASE_MEMBER}\0`);
  for await (const record of tar) {
    records.push(record);
    if (name.every((byte, index) => record[index] === byte)) break;
  }
  return new Uint8Array(await new Blob(records).arrayBuffer());
}
