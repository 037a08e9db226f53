import assert from "node:assert/strict";
import { execute } from "../../support/database.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";

const SAID = '2 jobs that VPO will run again; see "vpo jobs list", cancel with "vpo jobs cancel"';

/** A home whose one backup was made while two jobs were waiting or running, all of which are done by now. */
async function homeWithJobs(): Promise<Home> {
  const home = Home.withLibrary();
  const job = (id: string, status: string) =>
    `INSERT INTO jobs (id, file_path, job_type, status, created_at) VALUES ('${id}', '/a', 'transcode', '${status}', '2026-02-05')`;
  execute(home.library, [job("1", "queued"), job("2", "running"), job("3", "completed")].join(";"));
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  execute(home.library, "DELETE FROM jobs");
  return home;
}

function countIn(document: string): unknown {
  return (JSON.parse(document) as { unfinished_job_count: unknown }).unfinished_job_count;
}

testMore("show: jobs that VPO would run again after a restore are counted", async () => {
  using home = await homeWithJobs();
  assert((await home.run(["show", "latest"])).stdout.includes(`  Unfinished:    ${SAID}\n`));
  assert.equal(countIn((await home.run(["show", "latest", "--json"])).stdout), 2);
  assert.equal(countIn((await home.run(["show", "latest", "--quick", "--json"])).stdout), null);
});

testMore("restore, undo: jobs that VPO will run again are counted, with the way out", async () => {
  using home = await homeWithJobs();
  const line = `  Unfinished: ${SAID}\n`;
  assert((await home.run(["restore", "latest", "--dry-run"])).stdout.includes(line));
  assert.equal(countIn((await home.run(["restore", "latest", "--dry-run", "--json"])).stdout), 2);
  assert((await home.run(["restore", "latest", "--yes"])).stdout.includes(line));
  assert.doesNotMatch((await home.run(["undo", "--yes"])).stdout, /Unfinished/, "the library before had none");
  const undone = await home.run(["undo", "--yes", "--json"]);
  assert.equal(countIn(undone.stdout), 2, undone.stdout + undone.stderr);
});
