import { median } from "./race.ts";

/** How long one step of a run takes, in seconds. */
export interface StepTime {
  readonly step: string;
  readonly seconds: number;
}

/** A line of the program's log, as far as it matters here. */
interface LogLine {
  readonly "@timestamp": string;
  readonly message: string;
  readonly properties: { readonly step?: string };
}

/**
 * Times the steps of a run by its log: how long until the first one, each of them to the next, and the end.
 *
 * @param log the JSON lines of `--log-file`
 * @param started when the process was started, in milliseconds since 1970
 * @param ended when it had ended
 */
export function stepTimes(log: string, started: number, ended: number): StepTime[] {
  const marks = [{ step: "start", time: started }];
  for (const text of log.trimEnd().split("\n")) {
    const line = JSON.parse(text) as LogLine;
    const step = line.properties.step ?? (line.message.startsWith("finish ") ? "end" : null);
    if (step !== null) marks.push({ step, time: Date.parse(line["@timestamp"]) });
  }
  const times = new Map<string, number>();
  marks.forEach(({ step, time }, index) => {
    const next = marks[index + 1]?.time ?? ended;
    times.set(step, (times.get(step) ?? 0) + (next - time) / 1000);
  });
  return Array.from(times, ([step, seconds]) => ({ step, seconds }));
}

/**
 * Runs one of the program's commands some times and gives the median of each step.
 *
 * @param log path of a file that the log is kept in meanwhile
 * @param before puts things back as they were before each run
 */
export function profile(
  command: readonly [string, ...string[]],
  rounds: number,
  log: string,
  before: () => void = () => {},
): StepTime[] {
  const [program, ...args] = command;
  const runs = Array.from({ length: rounds }, () => {
    before();
    const started = Date.now();
    const { success } = new Deno.Command(program, { args: [...args, "--quiet", "--log-file", log] }).outputSync();
    const ended = Date.now();
    if (!success) throw new Error(`${command.join(" ")} failed: ${Deno.readTextFileSync(log)}`);
    const times = stepTimes(Deno.readTextFileSync(log), started, ended);
    Deno.removeSync(log);
    return times;
  });
  return (runs[0] ?? []).map(({ step }, index) => ({
    step,
    seconds: median(runs.map((times) => times[index]?.seconds ?? NaN)),
  }));
}
