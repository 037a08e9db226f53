import { BackupError } from "../../errors.ts";
import { KNOWN_SCHEMA_VERSION } from "../../version.ts";
import type { Replacement } from "../protocol/mod.ts";

/**
 * Refuses a backup made by a newer VPO than any known here: the one that made the library in place, or the newest that
 * this program knows.
 *
 * @throws {BackupError} `schema_incompatible`
 */
export function refuseNewerSchema({ source, schemaVersion, schemaInPlace }: Replacement): void {
  if (schemaVersion <= Math.max(KNOWN_SCHEMA_VERSION, schemaInPlace ?? 0)) return;
  const known = `this program knows schemas up to ${KNOWN_SCHEMA_VERSION}`;
  const why = schemaInPlace === null
    ? `${known}, and no library in place tells which VPO is installed`
    : `the library in place has schema ${schemaInPlace}, and ${known}`;
  throw new BackupError(
    "schema_incompatible",
    `Cannot restore "${source}": its schema is ${schemaVersion}, while ${why}`,
    "Update VPO first, or restore it all the same with --force.",
  );
}
