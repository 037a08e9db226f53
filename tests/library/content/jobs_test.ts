import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { countUnfinishedJobs } from "../../../src/library/content/jobs.ts";

/** What is counted in a database that these statements made. */
function counted(sql: string): number {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(sql);
    return countUnfinishedJobs(database);
  } finally {
    database.close();
  }
}

Deno.test("countUnfinishedJobs: those that are queued or running, and no others", () => {
  const statuses = ["queued", "queued", "running", "completed", "failed", "cancelled"];
  const rows = statuses.map((status, index) => `(${index}, '${status}')`).join();
  assert.equal(counted(`CREATE TABLE jobs (id, status); INSERT INTO jobs VALUES ${rows}`), 3);
  assert.equal(counted("CREATE TABLE jobs (id, status)"), 0);
});

Deno.test("countUnfinishedJobs: none where there is no table of jobs, or one that is not VPO's", () => {
  assert.equal(counted("CREATE TABLE files (path)"), 0);
  assert.equal(counted("CREATE TABLE jobs (id)"), 0);
  assert.equal(counted("CREATE VIEW jobs AS SELECT 'queued' AS status"), 0, "a view could be anything");
});
