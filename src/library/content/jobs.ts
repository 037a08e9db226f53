import type { DatabaseSync } from "node:sqlite";
import { isMissing, queryValue } from "../sqlite.ts";

/** `vpo jobs start` runs queued jobs, and again those that a process left running. */
const UNFINISHED = "SELECT count(*) FROM jobs WHERE status IN ('queued', 'running')";
const IS_TABLE = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name = 'jobs'";

/** Jobs that VPO will run when this is its library; none where it has no table of jobs. */
export function countUnfinishedJobs(database: DatabaseSync): number {
  if (queryValue(database, IS_TABLE) !== 1) return 0;
  try {
    return Number(queryValue(database, UNFINISHED));
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}
