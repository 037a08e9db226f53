import assert from "node:assert/strict";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import type { Group } from "../group.ts";
import { anyMoment, at, type Blow, Courses, describeMoment, type Moment, type Struck } from "../support/course.ts";
import { assertTidy, keptLibraries, libraryInPlace, wholeArchives } from "../support/findings.ts";
import { repeated } from "../support/sampling.ts";
import { type Stage, type Verb, VERBS } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

const FULL = 200;
/** A hangup ends nothing here: no stream of these runs is a terminal. */
const EXITS = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof EXITS;
/** Time that a run may take to end, in seconds; on a quiet machine none takes one. */
const LIMIT = 10;
/** Share of the trials with a second signal: a terminal that is closed sends one itself, and its shell another one. */
const AGAIN_SHARE = 0.25;
/** Longest time between two signals, in milliseconds. */
const AGAIN_MS = 250;

interface Plan {
  readonly verb: Verb;
  readonly condition: Condition;
  readonly signal: Signal;
  readonly moment: Moment;
  /** Milliseconds until the signal comes again; null where it comes once. */
  readonly again: number | null;
}

function planFor(random: SeededRandom): Plan {
  const verb = random.pick(VERBS);
  const condition = random.pick(["settled", "hot log", "rollback mode"] as const);
  const signal = random.pick(["SIGINT", "SIGTERM"] as const);
  const moment = anyMoment(random);
  if (!random.chance(AGAIN_SHARE)) return { verb, condition, signal, moment, again: null };
  return { verb, condition, signal, moment: { ...moment, kind: "time" }, again: random.below(AGAIN_MS) };
}

async function attempt(stock: Stock, courses: Courses, plan: Plan): Promise<void> {
  const { verb, condition, moment, signal, again } = plan;
  using stage = stock.stage(condition);
  const run = { key: verb, place: () => stock.stage("hot log"), args: (stage: Stage) => stage.command(verb) };
  const struck = await courses.strike(run, moment, stage, signal satisfies Blow, again);
  await at(struck.where, async () => {
    const { ended, seconds } = struck;
    assert(ended.code === 0 || ended.code === EXITS[signal], `exit ${ended.code}: ${ended.stderr}`);
    assert(seconds === null || seconds < LIMIT, `it took ${seconds} s to end`);
    const isDone = verb === "backup"
      ? (await wholeArchives(stock, stage, condition)).length === 1
      : isReplaced(stock, stage, verb, condition);
    if (ended.code === 0) assert(isDone, "a run that ends well has done what it was to do");
    assertTidy(stage);
    assertTruth(struck, isDone);
  });
}

/** Whether the library in place is the one that was to come; then the one before it is kept. */
function isReplaced(stock: Stock, stage: Stage, verb: Verb, condition: Condition): boolean {
  const isDone = libraryInPlace(stock, stage, condition) !== "old";
  const aside = verb === "undo" && isDone ? 0 : 1;
  assert.deepEqual(keptLibraries(stock, stage, condition), { old: isDone ? 1 : 0, new: 0, aside });
  return isDone;
}

/** The program says what it did; before it can say anything, the signal ends it as it ends any process. */
function assertTruth({ ended: { stdout, stderr, signal } }: Struck, isDone: boolean): void {
  assert.equal(/Backup created|Restore complete|Undo complete/.test(stdout), isDone, `it says: ${stdout}`);
  if (signal === null && !isDone) assert.match(stderr, /nothing was changed/);
  else assert.doesNotMatch(stderr, /nothing was changed/);
}

export const signals: Group = {
  name: "signals",
  unavailable: () => Deno.build.os === "windows" ? "Windows has no signals" : null,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    const courses = new Courses(ground.directory);
    yield* repeated(ground, FULL, (random) => {
      const plan = planFor(random);
      const again = plan.again === null ? "" : ` and once more after ${plan.again} ms`;
      const name = `${plan.verb} (${plan.condition}), ${plan.signal} ${describeMoment(plan.moment)}${again}`;
      return { name, run: () => attempt(stock, courses, plan) };
    });
  },
};
