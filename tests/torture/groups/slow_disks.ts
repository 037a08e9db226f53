import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Outcome } from "../../support/program.ts";
import { runStopped } from "../../support/surroundings/second_program.ts";
import { canStall, StalledDisk } from "../../support/surroundings/stalled_disk.ts";
import type { Group } from "../group.ts";
import { sitesOf } from "../support/course.ts";
import { cannotIntercept, type FileCall, Interceptor } from "../support/file_calls.ts";
import { assertTidy } from "../support/findings.ts";
import { sampled } from "../support/sampling.ts";
import { Stock } from "../support/stock.ts";

const FILES = 400;
/** How long a disk that spins up, or a share that hiccups, keeps everybody waiting. */
const STALL_SECONDS = 14;
/** Of these at least one does something on the disk that stands still. */
const LEAST_COURSES = 2;
/** Where only a sample is wanted. */
const SHORT_STALL_SECONDS = 5;
const LOG_MEGABYTES = 100;
/** Runs that wait at the same time: waiting costs nothing. */
const TOGETHER = 8;

/** What is done on a disk that stands still; `ARCHIVE` stands for an archive. */
const COMMANDS = [
  ["backup"],
  ["verify", "ARCHIVE"],
  ["restore", "ARCHIVE", "--yes"],
  ["undo", "--yes"],
  ["status"],
  ["doctor"],
  ["diff", "ARCHIVE"],
] as const;
const LEFT_TO_NEXT_RUN = "the next run removes what is left of this one: ";
/** "status" and "doctor" report what they find. */
const FINE = [0, 60];

interface Course {
  readonly command: readonly string[];
  /** The directory whose disk stands still. */
  readonly slow: "backups" | "vpo";
}

/** Where a run can be kept waiting: before each of the different things that it does on the disk. */
async function sitesIn(stock: Stock, interceptor: Interceptor, { command, slow }: Course): Promise<FileCall[]> {
  using stage = stock.stage();
  const { env, calls } = interceptor.prepare({ below: stage.path, reads: true });
  const args = argsFor(command, stage);
  const { code, stderr } = await stage.run(args, { env });
  assert(FINE.includes(code), stderr);
  return sitesOf(calls().calls.filter(({ path }) => path.startsWith(`${stage[slow]}/`)));
}

function argsFor(command: readonly string[], stage: { archive: string; library: string; backups: string }): string[] {
  const words = command.map((word) => word === "ARCHIVE" ? stage.archive : word);
  return [...words, "--library", stage.library, "--backup-dir", stage.backups];
}

/** The run is kept waiting before a call, and ends as if nothing had been. */
async function attempt(
  stock: Stock,
  interceptor: Interceptor,
  { command, slow }: Course,
  call: FileCall,
  seconds: number,
): Promise<void> {
  using stage = stock.emptyStage();
  using disk = new StalledDisk(stage[slow]);
  stock.furnish(stage, "settled");
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ended = await runStopped(
    interceptor,
    { below: stage.path, reads: true, at: call.place },
    (env) => stage.start(argsFor(command, stage), { env }),
    () => {
      disk.stop();
      timer = setTimeout(() => disk.goOn(), seconds * 1000);
      return Promise.resolve();
    },
  );
  clearTimeout(timer);
  disk.goOn();
  check(ended);
  if (command[0] !== "backup") return;
  const [archive] = stage.newArchives();
  assert(archive !== undefined, "there is an archive");
  assert.equal(await stock.contents.ofArchive(archive), stock.old.settled);
  // What it reads may be in memory: then it ends while the disk still stands, and leaves what is there to the next run.
  if (ended.stderr.includes(LEFT_TO_NEXT_RUN)) check(await stage.run(argsFor(command, stage)));
  assertTidy(stage);
}

function check({ code, stdout, stderr }: Outcome): void {
  assert(FINE.includes(code), `exit ${code}: ${stdout}${stderr}`);
  assert.doesNotMatch(stdout + stderr, /damaged|another process/, "nobody is blamed");
}

/** A log of many times the library's size, read at some MB a second: it takes long, and nobody is to blame. */
async function attemptLargeLog(stock: Stock): Promise<void> {
  using stage = stock.emptyStage();
  using disk = new StalledDisk(stage.vpo);
  stock.furnish(stage, "settled");
  // Open until the end: whoever closes it last brings the log into the library.
  const writer = new DatabaseSync(stage.library);
  try {
    writer.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF");
    const log = `${stage.library}-wal`;
    for (let round = 0; round === 0 || Deno.statSync(log).size < LOG_MEGABYTES * 1024 * 1024; round++) {
      writer.exec(`UPDATE files SET scanned_at = 'round ${round}'`);
    }
    const stop = disk.crawl();
    const { code, stdout, stderr } = await stage.run(stage.command("backup")).finally(stop);
    assert.equal(code, 0, `exit ${code}: ${stdout}${stderr}`);
  } finally {
    writer.close();
  }
  const [archive] = stage.newArchives();
  assert(archive !== undefined, "there is an archive");
  assert.equal(await stock.contents.ofArchive(archive), stock.contents.of(stage.library));
}

/** Runs a few at a time; throws what went wrong in each. */
async function together(moments: readonly FileCall[], run: (call: FileCall) => Promise<void>): Promise<void> {
  const wrong = await Promise.all(moments.map(async (call) => {
    try {
      await run(call);
      return null;
    } catch (error) {
      return `at call ${call.place}, ${call.kind} ${call.path}: ${error instanceof Error ? error.message : error}`;
    }
  }));
  const problems = wrong.filter((one) => one !== null);
  assert(problems.length === 0, problems.join("\n"));
}

export const slowDisks: Group = {
  name: "a disk that stands still",
  unavailable: () => canStall && cannotIntercept() === null ? null : "it needs root, FUSE, bindfs and gcc",
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    const interceptor = Interceptor.compile(ground.directory);
    const courses = COMMANDS.flatMap((command) => (["backups", "vpo"] as const).map((slow) => ({ command, slow })));
    const isWhole = ground.count(courses.length) >= courses.length;
    if (isWhole) {
      yield { name: `backup: a log of ${LOG_MEGABYTES} MB on a crawling disk`, run: () => attemptLargeLog(stock) };
    }
    for (const course of sampled(ground, courses, LEAST_COURSES)) {
      const sites = await sitesIn(stock, interceptor, course);
      const chosen = isWhole ? sites : [...sites.slice(0, 1), ...sites.slice(sites.length >> 1).slice(0, 1)];
      for (let first = 0; first < chosen.length; first += TOGETHER) {
        const batch = chosen.slice(first, first + TOGETHER);
        const seconds = isWhole ? STALL_SECONDS : SHORT_STALL_SECONDS;
        const where = join("…", course.slow);
        const [{ place: from } = { place: 0 }, { place: to } = { place: 0 }] = [batch[0], batch.at(-1)];
        yield {
          name: `${course.command.join(" ")}: ${where} stands still for ${seconds} s at calls ${from} to ${to}`,
          run: () => together(batch, (call) => attempt(stock, interceptor, course, call, seconds)),
        };
      }
    }
  },
};
