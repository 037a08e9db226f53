import { type Metadata, serializeMetadata } from "../../../src/store/metadata.ts";
import { theirMetadata } from "../../support/archives.ts";
import { tarMember } from "../../support/tar.ts";
import { FACTS } from "./blocks.ts";

/** An archive that somebody made to do harm, or one that looks like it and has to be taken. */
export interface HostileArchive {
  readonly name: string;
  /** What is right to do with it; "either" where the contract leaves it open. */
  readonly outcome: "refused" | "restored" | "either";
  /**
   * Its bytes, piece by piece: those of some would not fit into memory.
   *
   * @param outside a path outside the directory of the library, to which nothing may ever be written
   */
  bytes(outside: string): Iterable<Uint8Array>;
  /**
   * Size that it claims for its library and could hold, in bytes: where there is less space, that may be the reason to
   * refuse it.
   */
  readonly announced?: number;
  /** It unpacks to far more than it takes: only a process of its own can be measured, and stopped, while it does. */
  readonly isBomb?: boolean;
}

export type Outcome = HostileArchive["outcome"];

/** A library that nothing is wrong with, for archives that lie about everything else. */
export interface Sound {
  readonly database: Uint8Array;
  /** Metadata of it as VPO writes them. */
  readonly metadata: Metadata;
}

/** What the trials' archives hold, from a library with three files. */
export function soundFrom(database: Uint8Array): Sound {
  return { database, metadata: { ...theirMetadata(database.length), file_count: FACTS.files } };
}

/** An archive of which all bytes fit into memory. */
export function hostile(name: string, outcome: Outcome, bytes: (outside: string) => Uint8Array): HostileArchive {
  return { name, outcome, bytes: (outside) => [bytes(outside)] };
}

/** The two members as VPO writes them. */
export function soundMembers(
  { database, metadata }: Sound,
): { readonly database: Uint8Array; readonly metadata: Uint8Array } {
  return {
    database: tarMember("library.db", database),
    metadata: tarMember("backup_metadata.json", serializeMetadata(metadata)),
  };
}
