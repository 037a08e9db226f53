import assert from "node:assert/strict";
import { directoryState } from "../../support/directory_state.ts";
import { type Outcome, runProgram, type Surroundings } from "../../support/program.ts";
import { dirname } from "node:path";
import { assertTidy, wholeArchives } from "./findings.ts";
import type { Stage } from "./stage.ts";
import type { Condition, Stock } from "./stock.ts";

/** Exit codes. */
export const DONE = 0;
export const USAGE = 2;
export const FAILED = 40;
export const NO_LIBRARY = 42;

/** One way in which the files around the program can be odd. */
export interface FileCase {
  readonly name: string;
  /** Modes that are obeyed, or a file system that is mounted; nothing where it can be tried everywhere. */
  readonly needs?: "modes" | "mount";
  /** @param stage has a settled library, a set-aside one and archives */
  run(stage: Stage, stock: Stock): Promise<void>;
}

/** Runs the program and expects this exit. */
export async function expectExit(
  stage: Stage,
  code: number,
  args: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<Outcome> {
  const outcome = await runProgram(args, { home: dirname(stage.path), ...surroundings });
  assert.equal(outcome.code, code, `exit ${outcome.code}: ${outcome.stdout}${outcome.stderr}`);
  return outcome;
}

/** Runs the program, which must refuse with this exit and leave everything as it was. */
export async function expectRefusal(
  stage: Stage,
  code: number,
  args: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<void> {
  const before = directoryState(stage.path);
  const { stdout, stderr } = await expectExit(stage, code, args, surroundings);
  assert.equal(stdout, "");
  assert.match(stderr, /^Error: /m);
  assert.deepEqual(directoryState(stage.path), before, "a refusal changes nothing");
}

/** Runs a backup, which must bring one whole archive, and gives its path. */
export async function expectArchive(
  stage: Stage,
  stock: Stock,
  args: readonly string[],
  surroundings: Partial<Surroundings> = {},
  condition: Condition = "settled",
): Promise<string> {
  const { stdout } = await expectExit(stage, DONE, [...args, "--json"], surroundings);
  const { path } = JSON.parse(stdout) as { path: string };
  assert.equal(await stock.contents.ofArchive(path), stock.old[condition]);
  assert.equal(modeOf(path), 0o600);
  await wholeArchives(stock, stage, condition);
  assertTidy(stage);
  return path;
}

export function modeOf(path: string): number {
  return (Deno.lstatSync(path).mode ?? 0) & 0o7777;
}
