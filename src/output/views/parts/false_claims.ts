import type { FalseClaims } from "../../../engine/protocol/mod.ts";
import { formatPlural, formatSize } from "../../format.ts";
import type { Document } from "../../view.ts";

/** The untrue claims of the metadata, under their names there; null where they are right. */
export function falseClaimsDocument(claims: FalseClaims | null): Document | null {
  if (claims === null) return null;
  const fields = {
    schema_version: claims.schemaVersion,
    database_size_bytes: claims.databaseSize,
    file_count: claims.fileCount,
    total_library_size_bytes: claims.mediaSize,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, claim]) => claim !== null));
}

/** The same in words, for output that has the truth elsewhere. */
export function describeFalseClaims({ schemaVersion, databaseSize, fileCount, mediaSize }: FalseClaims): string {
  const said = [
    ...(schemaVersion === null ? [] : [`schema v${schemaVersion}`]),
    ...(databaseSize === null ? [] : [`a database of ${formatSize(databaseSize)}`]),
    ...(fileCount === null ? [] : [formatPlural(fileCount, "file")]),
    ...(mediaSize === null ? [] : [`media of ${formatSize(mediaSize)}`]),
  ];
  return `its metadata say otherwise: ${said.join(", ")}`;
}
