import { formatTable } from "../../src/output/format.ts";
import type { Failure, Scale, Score } from "./group.ts";

/** Failures of one group that are shown with the way to repeat them. */
const SHOWN_FAILURES = 10;

/** The scoreboard as text: a line a group, then each failure with the command that repeats it. */
export function scoreboard(scores: readonly Score[], scale: Scale): string {
  const rows = scores.map((score) => [
    score.group,
    String(score.tried),
    String(score.tried - score.failures.length),
    score.unavailable === null ? `${score.seconds.toFixed(1)} s` : `not run: ${score.unavailable}`,
  ]);
  const table = formatTable(
    [
      { title: "Group", align: "left" },
      { title: "Tried", align: "right" },
      { title: "Passed", align: "right" },
      { title: "Time", align: "left" },
    ],
    rows,
  );
  const failures = scores.flatMap((score) => [
    ...score.failures.slice(0, SHOWN_FAILURES).map((failure) => describeFailure(failure, scale)),
    ...(score.failures.length > SHOWN_FAILURES
      ? [`… and ${score.failures.length - SHOWN_FAILURES} more in ${score.group}`]
      : []),
  ]);
  return [...table, ...(failures.length > 0 ? ["", ...failures] : [])].join("\n") + "\n";
}

/** What went wrong in a trial, and the command that repeats it. */
export function describeFailure({ group, trial, index, why }: Failure, { seed, scale }: Scale): string {
  return `FAILED ${group}: ${trial}\n  ${why.replaceAll("\n", "\n  ")}\n` +
    `  repeat with: deno task torture --only "${group}" --seed ${seed} --scale ${scale} --trial ${index}`;
}
