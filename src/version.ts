import config from "../deno.json" with { type: "json" };
import build from "./build.json" with { type: "json" };
import { PROGRAM } from "./program.ts";

/** This program's version, from deno.json. */
export const VERSION: string = config.version;

/** What is known of this build: `scripts/build.ts` writes it into an executable; all null when run from source. */
export const BUILD: {
  /** The source's commit. */
  readonly commit: string | null;
  /** The library's directory by default. */
  readonly library_dir: string | null;
  /** The backup directory by default. */
  readonly backup_dir: string | null;
} = build;

/** What an archive's `vpo_version` and `tool` say of the program that wrote it. */
export const TOOL = `${PROGRAM} ${VERSION}`;

/** VPO's current schema: what a backup is compared with when there is no library to compare it with. */
export const KNOWN_SCHEMA_VERSION = 27;
