import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runEngine } from "../../../src/engine/worker/client.ts";
import type { BackupRequest, EngineEvent } from "../../../src/engine/protocol/mod.ts";
import { BusyWriter, COUNT_UNITS, UNITS } from "../../support/busy_writer.ts";
import { hasPython } from "../../support/commands.ts";
import { makeLibrary } from "../../../scripts/make_library.ts";
import type { Group } from "../group.ts";
import { extractDatabase, removeIfPresent } from "../support/contents.ts";
import { repeated } from "../support/sampling.ts";

const FULL = 200;
const FILES = 2_000;

/** Makes a backup in this process, which sees each step of the copying, and says how much the writer did meanwhile. */
async function backUp(request: BackupRequest, writer: BusyWriter): Promise<{ copied: number[]; commits: number }> {
  const copied: number[] = [];
  let step = "";
  const attendant = {
    event(event: EngineEvent) {
      if (event.kind === "step") step = event.step;
      if (event.kind === "progress" && step === "copy library") copied.push(event.done);
    },
    ask: () => Promise.resolve(true),
  };
  const before = await writer.counts();
  const { kind } = await runEngine(request, attendant, new AbortController().signal);
  const after = await writer.counts();
  assert.equal(kind, "created");
  assert.equal(after.refused, 0, "the writer is never kept waiting");
  return { copied, commits: after.commits - before.commits };
}

async function attempt(library: string, directory: string, level: number, writer: BusyWriter): Promise<void> {
  const filename = "made.tar.gz";
  const archive = join(directory, filename);
  const copy = join(directory, "copy.db");
  try {
    const request: BackupRequest = {
      claim: false,
      verb: "backup",
      library,
      destination: { directory, existing: directory },
      filename,
      force: false,
      dryRun: false,
      waitSeconds: 5,
      level,
      reuse: true,
      skipUnchanged: false,
      anyDatabase: false,
      tempDirectory: null,
      settings: null,
    };
    const { copied, commits } = await backUp(request, writer);
    assert(copied.length > 1, `the copy is made in several steps: ${copied}`);
    assert.deepEqual(copied, copied.toSorted((a, b) => a - b), "the copy is never begun again");
    assert(commits > copied.length, `the writer made only ${commits} commits`);
    const metadata = await extractDatabase(archive, copy);
    assert.equal(metadata.file_count, FILES);
    assertOneMoment(copy);
  } finally {
    removeIfPresent(archive);
    for (const suffix of ["", "-wal", "-shm"]) removeIfPresent(copy + suffix);
  }
}

function assertOneMoment(path: string): void {
  const database = new DatabaseSync(path);
  try {
    const values = (sql: string) => database.prepare(sql).all().map((row) => Object.values(row)[0]);
    assert.deepEqual(values("PRAGMA integrity_check"), ["ok"]);
    assert.deepEqual(values(COUNT_UNITS), [UNITS], "the units of one moment");
  } finally {
    database.close();
  }
}

export const liveWriter: Group = {
  name: "live writer",
  unavailable: () => hasPython ? null : "Python is not installed",
  async *trials(ground) {
    const library = join(ground.directory, "library.db");
    const backups = join(ground.directory, "backups");
    Deno.mkdirSync(backups);
    makeLibrary(library, { files: FILES });
    await using writer = await BusyWriter.start(library);
    yield* repeated(ground, FULL, (random, index) => {
      const level = random.between(1, 4);
      const name = `backup ${index + 1} at level ${level} beside a process that commits all the time`;
      return { name, run: () => attempt(library, backups, level, writer) };
    });
  },
};
