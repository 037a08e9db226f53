import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import type { ErrorCode } from "../../../src/errors.ts";
import { FACTS } from "./blocks.ts";
import { smallLibrarySql } from "./library.ts";

/** How a run may end. */
export type Ending = ErrorCode | "success";

/** A database that is damaged, or was made to do harm, or only looks so. */
export interface HostileDatabase {
  readonly name: string;
  /** Writes it to `path`, where there is nothing. */
  make(path: string): void;
  /** How a restore of an archive may end that is right but for this library in it. */
  readonly archive: readonly Ending[];
  /** The same with `--force`; where it is missing that is not tried. */
  readonly forced?: readonly Ending[];
  /** How a backup may end when this is the library. */
  readonly library: readonly Ending[];
  /** How a restore of a good backup over it may end; where it is missing that must succeed. */
  readonly replaced?: readonly Ending[];
  /** What the archive's metadata say of it. */
  readonly facts: { readonly schema: number; readonly files: number };
  /** It could keep SQLite busy for ever: only a process of its own can be stopped. */
  readonly isBomb?: boolean;
}

/** Damage: no archive may hold it, and no backup is made of it. */
export const REFUSED = { archive: ["invalid_archive"], library: ["not_a_library"], facts: FACTS } as const;
/** Odd, but nothing is wrong with it. */
export const TAKEN = { archive: ["success"], library: ["success"], facts: FACTS } as const;

/** A database made by SQL from a library with three files. */
export function sqlDatabase(path: string, sql: string, settings = ""): void {
  sqlOnly(path, `${settings}; ${smallLibrarySql(FACTS.files)} ${sql}`);
}

/** A database made by this SQL alone; it may write to the schema itself. */
export function sqlOnly(path: string, sql: string): void {
  const settings: DatabaseSyncOptions & { readonly defensive: boolean } = {
    defensive: false,
    enableForeignKeyConstraints: false,
  };
  const database = new DatabaseSync(path, settings);
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}

/** A library with three files, made by SQL and then changed by hand. */
export function editedDatabase(path: string, edit: (bytes: Uint8Array) => Uint8Array, sql = "", settings = ""): void {
  sqlDatabase(path, sql, settings);
  Deno.writeFileSync(path, edit(Deno.readFileSync(path)));
}

/** Offsets in the header of a database file (SQLite, "Database File Format", section 1.3). */
export const HEADER = {
  pageSize: 16,
  writeVersion: 18,
  readVersion: 19,
  reserved: 20,
  payloadFractions: 21,
  pageCount: 28,
  freelistTrunk: 32,
  freelistCount: 36,
  schemaFormat: 44,
  textEncoding: 56,
  validFor: 92,
} as const;

export function withUint32(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice();
  new DataView(changed.buffer).setUint32(at, value);
  return changed;
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

/** The bytes with these in the place of others. */
export function withBytes(bytes: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const changed = bytes.slice();
  changed.set(values, at);
  return changed;
}

/** Page on which the b-tree of a table or an index begins. */
export function rootPage(path: string, name: string): number {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = ?").get(name)?.["rootpage"]);
  } finally {
    database.close();
  }
}
