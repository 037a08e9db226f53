/**
 * What the main thread and the engine's worker say to each other. Plain data only: it crosses `postMessage`.
 *
 * @module
 */
export type * from "./backup_skipped.ts";
export type * from "./comparison.ts";
export type * from "./copies.ts";
export type * from "./destination.ts";
export type * from "./doctor_report.ts";
export type * from "./events.ts";
export type * from "./extracted.ts";
export * from "./found_archives.ts";
export * from "./messages.ts";
export * from "./prune_plan.ts";
export type * from "./replacement.ts";
export type * from "./requests.ts";
export type * from "./results.ts";
export type * from "./settings.ts";
export * from "./status_report.ts";
