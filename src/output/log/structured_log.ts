import { configureSync, getLogger, jsonLinesFormatter, type Logger, type LogRecord, type Sink } from "@logtape/logtape";
import type { EngineEvent, Facts } from "../../engine/protocol/mod.ts";
import { escapeControls, stripControls } from "../format.ts";
import type { OperationLog } from "./operation_log.ts";

const CATEGORY = "vpo-backup";

/** Writes the structured log: readable lines for a person, JSON lines for a file. */
export class StructuredLog implements OperationLog {
  readonly #logger: Logger;

  /**
   * @param readable receives lines for a person, or null for none
   * @param file receives JSON lines, or null for none
   */
  constructor(readable: ((text: string) => void) | null, file: ((text: string) => void) | null) {
    const sinks: Record<string, Sink> = {};
    if (readable !== null) sinks["readable"] = (record) => readable(readableLine(record));
    if (file !== null) sinks["file"] = (record) => file(escapeControls(jsonLinesFormatter(record)));
    configureSync({
      sinks,
      loggers: [
        { category: CATEGORY, sinks: Object.keys(sinks), lowestLevel: "info" },
        { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
      ],
      reset: true,
    });
    this.#logger = getLogger(CATEGORY);
  }

  started(operation: string, facts: Facts): void {
    this.#logger.info("start {operation}", { operation, ...facts });
  }

  event(event: EngineEvent): void {
    if (event.kind === "step") this.#logger.info("step {step}", { step: event.step, ...event.facts });
    if (event.kind === "warning") this.#logger.warn("{warning}", { warning: event.message });
  }

  finished(operation: string, facts: Facts): void {
    this.#logger.info("finish {operation}", { operation, ...facts });
  }

  failed(operation: string, facts: Facts): void {
    this.#logger.error("fail {operation}", { operation, ...facts });
  }
}

function readableLine(record: LogRecord): string {
  const time = new Date(record.timestamp).toISOString().slice(11, 23);
  const message = record.message.map(String).join("");
  const facts = Object.entries(record.properties)
    .filter(([name]) => !["operation", "step", "warning"].includes(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? JSON.stringify(value) : value}`);
  return stripControls(`${time} ${message}${facts.join("")}`) + "\n";
}
