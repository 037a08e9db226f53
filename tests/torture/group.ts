import { SeededRandom } from "../../scripts/sample/seeded_random.ts";

/** One attempt to make the program do wrong. */
export interface Trial {
  /** What is tried, in a few words. */
  readonly name: string;
  /** Throws what went wrong. */
  run(): Promise<void> | void;
}

/** What the trials of a group are made from. */
export interface Ground {
  /** A directory of the group's own, empty at first, removed after it. */
  readonly directory: string;
  /** Gives the same values for the same seed and the same trial, whichever other trials run. */
  random(trial: number): SeededRandom;
  /** How many of `full` trials to make at the scale asked for; at least one. */
  count(full: number): number;
}

/** Trials of one kind: a row of the scoreboard. */
export interface Group {
  readonly name: string;
  /** Why it cannot run on this machine; null where it can. */
  unavailable?(): string | null;
  trials(ground: Ground): Iterable<Trial> | AsyncIterable<Trial>;
}

export interface Failure {
  readonly group: string;
  readonly trial: string;
  /** Place of the trial in its group, from 0 on. */
  readonly index: number;
  readonly why: string;
}

export interface Score {
  readonly group: string;
  readonly tried: number;
  readonly failures: readonly Failure[];
  readonly seconds: number;
  /** Why the group did not run. */
  readonly unavailable: string | null;
}

export interface Scale {
  readonly seed: number;
  /** 1 is the full number of trials. */
  readonly scale: number;
  /** Run just the trial at this place. */
  readonly only?: number | undefined;
}

/** Runs all trials of a group, and tells of each failure when it comes; it does not keep the others from being run. */
export async function runGroup(
  group: Group,
  { seed, scale, only }: Scale,
  onFailure: (failure: Failure) => void = () => {},
): Promise<Score> {
  const unavailable = group.unavailable?.() ?? null;
  if (unavailable !== null) return { group: group.name, tried: 0, failures: [], seconds: 0, unavailable };
  const started = performance.now();
  const directory = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "vpo-torture-" }));
  const failures: Failure[] = [];
  let index = 0;
  let tried = 0;
  try {
    const ground: Ground = {
      directory,
      random: (trial) => new SeededRandom(seed * 1_000_003 + trial),
      count: (full) => Math.max(1, Math.round(full * scale)),
    };
    for await (const trial of group.trials(ground)) {
      if (only === undefined || only === index) {
        tried++;
        const why = await failureOf(trial);
        if (why !== null) {
          const failure = { group: group.name, trial: trial.name, index, why };
          failures.push(failure);
          onFailure(failure);
        }
      }
      index++;
    }
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
  return { group: group.name, tried, failures, seconds: (performance.now() - started) / 1000, unavailable };
}

async function failureOf(trial: Trial): Promise<string | null> {
  try {
    await trial.run();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** What went wrong, with what went wrong in tidying up after it. */
function messageOf(error: unknown): string {
  if (error instanceof SuppressedError) return `${messageOf(error.suppressed)}\nand then: ${messageOf(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}
