import { PYTHON } from "./python.ts";

/** One way of doing a piece of work, as a command line. */
export interface Runner {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Puts things back as they were before, outside the time that is taken. */
  before?(): void;
}

/** What was measured of one runner. */
export interface Lap {
  readonly name: string;
  /** Median wall-clock time of all rounds, in seconds. */
  readonly seconds: number;
  /** Median of the first runner's time as a share of this one's in the same round. */
  readonly ratio: number;
  /** Largest resident set of the process and of those it started, in bytes; null where it cannot be measured. */
  readonly peak: number | null;
}

/**
 * Lets runners do the same work in turn, A B A B, so that what else the machine does hits all of them alike.
 *
 * @param warmUp a round before, which does not count: where the first time is another thing than the next
 */
export function race(runners: readonly Runner[], rounds: number, { warmUp = false } = {}): Lap[] {
  if (warmUp) runners.forEach(lapOf);
  const times = new Map(runners.map(({ name }) => [name, [] as number[]]));
  const peaks = new Map<string, number | null>();
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) {
      const { seconds, peak } = lapOf(runner);
      times.get(runner.name)?.push(seconds);
      peaks.set(runner.name, largest(peaks.get(runner.name) ?? null, peak));
    }
  }
  const first = times.get(runners[0]?.name ?? "") ?? [];
  return runners.map(({ name }) => {
    const own = times.get(name) ?? [];
    const ratio = median(own.map((seconds, round) => (first[round] ?? NaN) / seconds));
    return { name, seconds: median(own), ratio, peak: peaks.get(name) ?? null };
  });
}

function lapOf({ before, command }: Runner): { seconds: number; peak: number | null } {
  before?.();
  return run(command);
}

/** Runs a command to its end. Its peak memory comes from the shell's parent in Python, where there is one. */
function run([program, ...args]: readonly [string, ...string[]]): { seconds: number; peak: number | null } {
  const { code, stdout, stderr } = new Deno.Command(PYTHON, {
    args: ["-c", MEASURE, program, ...args],
    stdout: "piped",
    stderr: "piped",
  }).outputSync();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${text.decode(stderr)}`);
  const [seconds, kilobytes] = text.decode(stdout).trim().split(" ").map(Number);
  return { seconds: seconds ?? NaN, peak: kilobytes === undefined ? null : kilobytes * 1024 };
}

const MEASURE = `
import resource, subprocess, sys, time
started = time.monotonic()
ended = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
seconds = time.monotonic() - started
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(ended.returncode)
`;

/** The one in the middle; of an even number the mean of the two there. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

function largest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
