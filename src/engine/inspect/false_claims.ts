import type { LibraryFacts } from "../../library/content/library_facts.ts";
import type { Metadata } from "../../store/metadata.ts";
import type { FalseClaims } from "../protocol/mod.ts";

/**
 * The untrue claims of an archive's metadata about the library in it. Metadata of VPO's describe the library in place:
 * its size without the log, counts from before it was copied, and always the schema of the VPO that wrote them.
 *
 * @param databaseSize of the library in the archive, in bytes
 * @returns null where they are right
 */
export function falseClaimsOf(metadata: Metadata, facts: LibraryFacts, databaseSize: number): FalseClaims | null {
  const unless = (claim: number, fact: number) => claim === fact ? null : claim;
  const claims = {
    schemaVersion: unless(metadata.schema_version, facts.schemaVersion),
    databaseSize: unless(metadata.database_size_bytes, databaseSize),
    fileCount: unless(metadata.file_count, facts.fileCount),
    mediaSize: unless(metadata.total_library_size_bytes, facts.mediaSize),
  };
  return Object.values(claims).every((claim) => claim === null) ? null : claims;
}
