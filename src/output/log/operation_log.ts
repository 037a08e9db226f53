import type { EngineEvent, Facts } from "../../engine/protocol/mod.ts";

/** A log of each operation, step by step. */
export interface OperationLog {
  started(operation: string, facts: Facts): void;
  event(event: EngineEvent): void;
  finished(operation: string, facts: Facts): void;
  failed(operation: string, facts: Facts): void;
}
