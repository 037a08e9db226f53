import type { BackupError } from "../errors.ts";
import type { BackupCreated, BackupPlanned, Checked, EngineEvent, Listed, Restored } from "../engine/protocol.ts";

/** Where text goes. */
export interface Streams {
  /** Standard output: the result. */
  out(text: string): void;
  /** Standard error: all else. */
  err(text: string): void;
}

/** How much is said. */
export interface Loudness {
  readonly quiet: boolean;
  /** How often `-v` was given. */
  readonly verbose: number;
}

/** Says what happens: to a person or to a program. Every command ends with one call of it. */
export interface Reporter {
  event(event: EngineEvent): void;
  backedUp(result: BackupCreated): void;
  backupPlanned(result: BackupPlanned): void;
  restored(result: Restored): void;
  checked(result: Checked): void;
  listed(result: Listed): void;
  failed(error: BackupError): void;
}
