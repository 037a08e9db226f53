import { parseArgs } from "node:util";
import { runGroup, type Scale, type Score } from "./group.ts";
import { GROUPS } from "./groups.ts";
import { describeFailure, scoreboard } from "./scoreboard.ts";

const USAGE = `Usage: deno task torture [--seed N] [--scale X] [--only GROUP]… [--trial N]
Try to make vpo-backup lose something, in every way we know.
  --seed N      what the random choices are made from (default: the date)
  --scale X     share of the full number of trials (default 1)
  --only GROUP  run the groups whose name contains this, or one of these
  --trial N     run just this trial of the group
Groups:
${GROUPS.map(({ name }) => `  ${name}`).join("\n")}
`;

const SECONDS_A_DAY = 86_400;

interface Options extends Scale {
  readonly groups: readonly string[];
}

function parseOptions(args: string[]): Options | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seed: { type: "string" },
        scale: { type: "string" },
        only: { type: "string", multiple: true },
        trial: { type: "string" },
      },
    });
    const seed = Number(values.seed ?? Math.floor(Date.now() / 1000 / SECONDS_A_DAY));
    const scale = Number(values.scale ?? 1);
    const only = values.trial === undefined ? undefined : Number(values.trial);
    const isUsable = Number.isSafeInteger(seed) && seed >= 0 && scale > 0 &&
      (only === undefined || Number.isSafeInteger(only));
    return isUsable ? { seed, scale, only, groups: values.only ?? [""] } : null;
  } catch {
    return null;
  }
}

async function torture(options: Options): Promise<boolean> {
  const scores: Score[] = [];
  for (const group of GROUPS.filter(({ name }) => options.groups.some((word) => name.includes(word)))) {
    say(Deno.stderr, `${group.name} …\n`);
    const score = await runGroup(
      group,
      options,
      (failure) => say(Deno.stderr, `${describeFailure(failure, options)}\n`),
    );
    say(Deno.stderr, `  ${score.tried - score.failures.length} of ${score.tried} in ${score.seconds.toFixed(1)} s\n`);
    scores.push(score);
  }
  say(Deno.stdout, `seed ${options.seed}, scale ${options.scale}\n\n${scoreboard(scores, options)}`);
  return scores.length > 0 && scores.every(({ failures }) => failures.length === 0);
}

function say(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  stream.writeSync(new TextEncoder().encode(text));
}

const options = parseOptions(Deno.args);
if (options === null) {
  say(Deno.stderr, USAGE);
  Deno.exit(2);
}
Deno.exit(await torture(options) ? 0 : 1);
