import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import { execute, query } from "../../support/database.ts";
import { putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { namesIn } from "../../support/large_home.ts";
import type { Outcome } from "../../support/program.ts";
import { canShiftClock, WrongClock } from "../../support/surroundings/wrong_clock.ts";
import type { Group } from "../group.ts";
import { repeated } from "../support/sampling.ts";

const FULL = 60;
const RUNS = 8;
const EARLIER = 30;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
/** How far from the right time a machine finds itself: without a battery, before NTP answers, after a typing error. */
const SHIFTS = [0, 0, 0, 3 * HOUR, 25 * HOUR, 40 * DAY, 7 * YEAR, -3 * HOUR, -40 * DAY, -7 * YEAR, -56 * YEAR] as const;
/** A clock that is further ahead than this is known to be wrong. */
const AHEAD = DAY;
/** A leap by which nobody who is not asked loses anything: by its clock, all is from the future or long ago. */
const LEAP = 32 * DAY;

const RULES: readonly (readonly string[])[] = [
  ["--keep-within", "30d"],
  ["--keep-daily", "7"],
  ["--keep-last", "3"],
  ["--keep-daily", "7", "--keep-monthly", "3"],
];

interface State {
  readonly home: Home;
  readonly clock: WrongClock;
  /** Names of the archives that were made at their right times, the newest last. */
  readonly real: string[];
  /** What was done so far, for who reads what went wrong. */
  readonly done: string[];
  marks: number;
}

/** Any number of runs under any clocks: what was backed up in truth stays. */
async function attempt(random: SeededRandom): Promise<void> {
  using home = Home.withLibrary();
  using clock = new WrongClock();
  const times = Array.from({ length: EARLIER }, (_, day) => new Date(Date.now() - (EARLIER - day) * DAY));
  const real = await putBackups(home, ...times);
  const state: State = { home, clock, real, done: [], marks: 0 };
  for (let run = 0; run < RUNS; run++) {
    const act = random.pick([backUp, backUp, prune, restore, restoreLatest]);
    try {
      await act(state, random.pick(SHIFTS), random);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\nafter ${state.done.join("\n")}`, {
        cause: error,
      });
    }
  }
}

async function runAt(state: State, shift: number, ...args: string[]): Promise<Outcome> {
  const env = shift === 0 ? {} : state.clock.at(new Date(Date.now() + shift));
  const outcome = await state.home.run(args, { env });
  const said = outcome.stderr.trim();
  state.done.push(`${describeShift(shift)}: ${args.join(" ")}: exit ${outcome.code} ${said}`);
  return outcome;
}

function describeShift(shift: number): string {
  return shift === 0 ? "at the right time" : `${Math.abs(shift) / HOUR} h ${shift > 0 ? "ahead" : "behind"}`;
}

/** Real archives that are there, the newest last. */
function realIn({ home, real }: State): string[] {
  const names = namesIn(home.backups);
  return real.filter((name) => names.includes(name));
}

async function backUp(state: State, shift: number, random: SeededRandom): Promise<void> {
  const before = namesIn(state.home.backups);
  const realBefore = realIn(state);
  const rules = random.pick(RULES);
  const { code, stderr } = await runAt(state, shift, "backup", ...rules);
  const came = namesIn(state.home.backups).filter((name) => !before.includes(name));
  assert(code === 0 && came.length === 1, `a backup is made at any time: exit ${code} ${stderr}`);
  if (shift === 0) state.real.push(...came);
  if (Math.abs(shift) > LEAP && rules.includes("--keep-within")) {
    assert.deepEqual(realIn(state), realBefore, "a leap removes nothing that is old by it only");
  }
  // By its clock this run made the newer backup of the same day.
  if (shift === 0 || Math.abs(shift) > AHEAD) assertNewestKept(state);
}

async function prune(state: State, shift: number, random: SeededRandom): Promise<void> {
  await runAt(state, shift, "prune", ...random.pick(RULES), "--yes", ...(random.chance(0.3) ? ["--force"] : []));
  assertNewestKept(state);
}

/**
 * However wrong the clock is, and whatever a wrong one has left, the newest real backup stays. One that was made some
 * hours ahead is not known to be wrong: it may count as the newest.
 */
function assertNewestKept(state: State): void {
  const newest = state.real.at(-1);
  assert(newest !== undefined);
  const isHidden = namesIn(state.home.backups).some((name) =>
    name > newest && Date.parse(timeIn(name)) < Date.now() + AHEAD
  );
  assert(isHidden || realIn(state).includes(newest), `${newest} stays`);
}

/** The library that is set aside is there afterwards, and undo brings back just that one. */
async function restore(state: State, shift: number, random: SeededRandom): Promise<void> {
  const { home } = state;
  const mark = `mark ${state.marks++}`;
  execute(home.library, `INSERT OR REPLACE INTO _meta VALUES ('mark', '${mark}')`);
  const archive = join(home.backups, random.pick(realIn(state)));
  const { code, stdout, stderr } = await runAt(state, shift, "restore", archive, "--yes", "--json");
  assert.equal(code, 0, `${stdout}${stderr}`);
  const { previous_library_path: previous } = JSON.parse(stdout) as { previous_library_path: string };
  assert(existsSync(previous), `the library just set aside is at ${basename(previous)}`);
  assert.deepEqual(marks(previous), [mark]);
  const undone = await runAt(state, random.pick(SHIFTS), "undo", "--yes");
  assert.equal(undone.code, 0, undone.stderr);
  assert.deepEqual(marks(home.library), [mark], "undo brings back the library of before");
}

function marks(library: string): unknown[] {
  return query(library, "SELECT value FROM _meta WHERE key = 'mark'");
}

/** "latest" is never one from the future unasked. */
async function restoreLatest(state: State): Promise<void> {
  const { stdout, code } = await runAt(state, 0, "restore", "latest", "--yes", "--json");
  const isFromFuture = (name: string) => Date.parse(timeIn(name)) > Date.now() + AHEAD;
  const future = namesIn(state.home.backups).filter(isFromFuture);
  const newest = realIn(state).at(-1);
  assert(newest !== undefined);
  if (future.length === 0) {
    assert.equal(code, 0, stdout);
  } else {
    assert.notEqual(code, 0, "one from the future is not taken for the latest unasked");
    const named = /backup restore (vpo-library-[^"\s]*)/.exec(stdout)?.[1] ?? "";
    assert(
      named >= newest && !isFromFuture(named),
      `one is named that is no older than the newest real one: ${stdout}`,
    );
  }
}

/** The time in an archive's name, as ISO 8601. */
function timeIn(name: string): string {
  return name.replace(/^vpo-library-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z.*$/, "$1T$2:$3:$4Z");
}

export const wrongClocks: Group = {
  name: "wrong clocks",
  unavailable: () => canShiftClock ? null : "it needs Linux and gcc",
  *trials(ground) {
    yield* repeated(ground, FULL, (random, index) => ({
      name: `${RUNS} runs under clocks of their own, history ${index}`,
      run: () => attempt(random),
    }));
  },
};
