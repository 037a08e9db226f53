import config from "../deno.json" with { type: "json" };

/** This program's version, from deno.json. */
export const VERSION: string = config.version;

/** What an archive's `vpo_version` and `tool` say of the program that wrote it. */
export const TOOL = `vpo-backup ${VERSION}`;

/** VPO's current schema: what a backup is compared with when there is no library to compare it with. */
export const KNOWN_SCHEMA_VERSION = 27;
