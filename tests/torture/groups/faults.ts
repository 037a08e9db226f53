import assert from "node:assert/strict";
import { relative } from "node:path";
import type { Outcome } from "../../support/program.ts";
import type { Group } from "../group.ts";
import { sitesOf } from "../support/course.ts";
import {
  type CallKind,
  cannotIntercept,
  type FileCall,
  Interceptor,
  type Intervention,
} from "../support/file_calls.ts";
import { assertTidy, keptLibraries, libraryInPlace, wholeArchives } from "../support/findings.ts";
import { sampled } from "../support/sampling.ts";
import { type Stage, type Verb, VERBS } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

/** Every table of the schema, few rows: a copy has some 80 pages. */
const FILES = 10;
/** Runs that calls are taken from at the least, at whatever scale. */
const MIN_RUNS = 4;
const EXIT = { EIO: 40, ENOSPC: 44 } as const;

/** Runs in which the calls are made to fail one after the other. */
interface Course {
  readonly what: string;
  readonly verbs: readonly Verb[];
  readonly condition: Condition;
  readonly setting: Pick<Intervention, "noLinks" | "onward" | "reads">;
  /** Every call; or of calls of one kind on one file in a row the first, one in the middle and the last. */
  readonly each: boolean;
  readonly errors: Readonly<Partial<Record<keyof typeof EXIT, readonly CallKind[]>>>;
}

/** What needs room on the disk, or in a directory. */
const NEED_ROOM = ["create", "write", "truncate", "mkdir", "link", "rename", "fsync"] as const;
const CHANGES = ["open", ...NEED_ROOM, "chmod", "unlink"] as const;

const COURSES: readonly Course[] = [
  {
    what: "",
    verbs: VERBS,
    condition: "settled",
    setting: {},
    each: true,
    errors: { EIO: CHANGES, ENOSPC: NEED_ROOM },
  },
  {
    what: "with rows in the log",
    verbs: ["restore", "undo"],
    condition: "hot log",
    setting: {},
    each: false,
    errors: { EIO: CHANGES, ENOSPC: NEED_ROOM },
  },
  {
    what: "without hard links",
    verbs: VERBS,
    condition: "settled",
    setting: { noLinks: true },
    each: false,
    errors: { EIO: CHANGES, ENOSPC: NEED_ROOM },
  },
  {
    what: "and from then on",
    verbs: VERBS,
    condition: "settled",
    setting: { onward: true },
    each: false,
    errors: { ENOSPC: ["create", "write", "truncate", "mkdir"] },
  },
  { what: "", verbs: VERBS, condition: "settled", setting: { reads: true }, each: false, errors: { EIO: ["read"] } },
];

interface Case {
  readonly course: Course;
  readonly verb: Verb;
  readonly error: keyof typeof EXIT;
  readonly call: FileCall;
}

/** Makes a run undisturbed to see what it calls. */
async function casesOf(stock: Stock, interceptor: Interceptor, course: Course, verb: Verb): Promise<Case[]> {
  using stage = stock.stage(course.condition);
  const { env, calls } = interceptor.prepare({ below: stage.path, ...course.setting });
  const { code, stderr } = await stage.run(stage.command(verb), { env });
  assert.equal(code, 0, stderr);
  const made = calls().calls.map((call) => ({ ...call, path: relative(stage.path, call.path) }));
  return (course.each ? made : sitesOf(made)).flatMap((call) =>
    (["EIO", "ENOSPC"] as const)
      .filter((error) => course.errors[error]?.includes(call.kind) === true)
      .map((error) => ({ course, verb, error, call }))
  );
}

async function attempt(stock: Stock, interceptor: Interceptor, one: Case): Promise<void> {
  const { course, verb, error, call } = one;
  using stage = stock.stage(course.condition);
  const setting = { below: stage.path, at: call.place, mishap: error, ...course.setting };
  const { env, calls } = interceptor.prepare(setting);
  const outcome = await stage.run(stage.command(verb), { env });
  const { struck } = calls();
  assert(struck.length > 0, "the call came");
  const ending = { ...outcome, isDone: outcome.code === 0, struck };
  if (verb === "backup") await checkBackup(stock, stage, ending);
  else checkReplacement(stock, stage, verb, course.condition, ending);
  if (!ending.isDone) {
    assert(exitsFor(one).includes(outcome.code), `exit ${outcome.code} for ${error}: ${outcome.stderr}`);
    assert.doesNotMatch(outcome.stderr, /another process/, "no other process is to blame");
  }

  const keepsSource = struck.some(({ kind, path }) => kind === "unlink" && path === stage.aside);
  const keepsTemporary = struck.some(({ kind, path }) => isRemoval(kind) && isTemporary(path));
  if (!keepsSource && (!keepsTemporary || stage.strangers().length === 0)) return assertTidy(stage);
  stage.ageLeftovers();
  const next = await stage.run(stage.command(verb === "backup" ? "backup" : "restore"));
  assert.equal(next.code, 0, `the next run: ${next.stderr}`);
  assertTidy(stage);
}

/**
 * The exits that tell the truth. SQLite says "disk I/O error" of its own files when there is no room, and when there is
 * some again at the next look, nobody can know; while the disk stays full, it has to be said.
 */
function exitsFor({ course, error, call }: Case): number[] {
  const isHidden = course.setting.onward !== true && isOfSqlite(call);
  return error === "ENOSPC" && !isHidden ? [EXIT.ENOSPC] : [EXIT[error], EXIT.EIO];
}

function isOfSqlite({ kind, path }: FileCall): boolean {
  if (/(-wal|-shm|-journal|\/lock)$/.test(path)) return true;
  return /\/(library|previous|probe)\.db[^/]*$/.test(path) &&
    (kind === "create" || kind === "fsync" || kind === "truncate");
}

function isTemporary(path: string): boolean {
  return path.includes("/.vpo-backup-") || path.endsWith(".claim");
}

/** A directory is opened before what is in it is removed. */
function isRemoval(kind: CallKind): boolean {
  return kind === "unlink" || kind === "open";
}

interface Ending extends Outcome {
  /** The program says that it did what it was to do. */
  readonly isDone: boolean;
  readonly struck: readonly FileCall[];
}

async function checkBackup(stock: Stock, stage: Stage, { isDone, stdout, stderr }: Ending): Promise<void> {
  const archives = await wholeArchives(stock, stage, "settled");
  assert.equal(libraryInPlace(stock, stage, "settled"), "old");
  assert.equal(archives.length, isDone ? 1 : 0, `archives of a run that says: ${stdout}${stderr}`);
}

function checkReplacement(
  stock: Stock,
  stage: Stage,
  verb: "restore" | "undo",
  condition: Condition,
  { isDone, stderr, struck }: Ending,
): void {
  const inPlace = libraryInPlace(stock, stage, condition);
  const kept = keptLibraries(stock, stage, condition);
  if (inPlace === "old") {
    assert(!isDone, "it said that it was done");
    assert.deepEqual(kept, { old: 0, new: 0, aside: 1 }, `libraries that are kept after: ${stderr}`);
    return;
  }
  assert.equal(inPlace, verb === "restore" ? "new" : "aside");
  const keepsSource = verb === "restore" || struck.some(({ kind, path }) => kind === "unlink" && path === stage.aside);
  assert.deepEqual(kept, { old: 1, new: 0, aside: keepsSource ? 1 : 0 }, `libraries that are kept after: ${stderr}`);
  if (!isDone) assert.match(stderr, /was replaced/, "a failure after the replacement says so");
}

export const faults: Group = {
  name: "fault at a system call",
  unavailable: cannotIntercept,
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    const interceptor = Interceptor.compile(ground.directory);
    const runs = COURSES.flatMap((course) => course.verbs.map((verb) => ({ course, verb })));
    const cases: Case[] = [];
    for (const { course, verb } of sampled(ground, runs, MIN_RUNS)) {
      cases.push(...await casesOf(stock, interceptor, course, verb));
    }
    for (const one of sampled(ground, cases)) {
      const { course, verb, error, call } = one;
      const name = [`${verb}:`, error, `at call ${call.place},`, call.kind, call.path, course.what].join(" ").trim();
      yield { name, run: () => attempt(stock, interceptor, one) };
    }
  },
};
