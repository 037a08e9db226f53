import { databaseHeader, metadataMember } from "../../src/archive/tar/tar_frame.ts";
import { concat } from "./bytes.ts";

/** What stands in the tar stream of an archive of this program before the database. */
export async function tarHead(metadata: Uint8Array, databaseSize: number, time: Date): Promise<Uint8Array> {
  return concat(await metadataMember(metadata, time), await databaseHeader(databaseSize, time));
}
