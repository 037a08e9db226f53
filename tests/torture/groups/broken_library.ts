import assert from "node:assert/strict";
import { relative } from "node:path";
import { noise } from "../../support/bytes.ts";
import type { Group } from "../group.ts";
import { digestOfFiles } from "../support/contents.ts";
import { sitesOf } from "../support/course.ts";
import { cannotIntercept, type FileCall, Interceptor } from "../support/file_calls.ts";
import { sampled } from "../support/sampling.ts";
import type { Stage } from "../support/stage.ts";
import { Stock } from "../support/stock.ts";

const FILES = 10;
const SCHEMA_AT = 100;
/** Its files that a person may still get something out of. */
const PARTS = ["", "-wal", "-journal"] as const;

interface Case {
  readonly broken: "no database" | "damaged, with a log";
  readonly verb: "restore" | "undo";
  readonly mishap: "EIO" | "SIGKILL";
  /** The device stays broken. */
  readonly onward: boolean;
  readonly noLinks: boolean;
  readonly call: FileCall;
}
type Setting = Omit<Case, "call">;

function* settings(): Generator<Setting> {
  for (const broken of ["no database", "damaged, with a log"] as const) {
    for (const verb of ["restore", "undo"] as const) {
      for (const noLinks of [false, true]) {
        for (const mishap of ["EIO", "SIGKILL"] as const) yield { broken, verb, mishap, onward: false, noLinks };
        yield { broken, verb, mishap: "EIO", onward: true, noLinks };
      }
    }
  }
}

function breakLibrary({ library }: Stage, broken: Case["broken"]): void {
  if (broken === "no database") {
    for (const [seed, part] of PARTS.entries()) Deno.writeFileSync(library + part, noise(5000, seed + 1));
    return;
  }
  using file = Deno.openSync(library, { write: true });
  file.seekSync(SCHEMA_AT, Deno.SeekMode.Start);
  file.writeSync(noise(3000));
}

function stageFor(stock: Stock, { broken }: Setting): Stage {
  const stage = stock.stage(broken === "no database" ? "settled" : "hot log");
  breakLibrary(stage, broken);
  return stage;
}

async function casesOf(stock: Stock, interceptor: Interceptor, setting: Setting): Promise<Case[]> {
  using stage = stageFor(stock, setting);
  const { env, calls } = interceptor.prepare({ below: stage.path, noLinks: setting.noLinks });
  const { code, stderr } = await stage.run(stage.command(setting.verb), { env });
  assert.equal(code, 0, stderr);
  return sitesOf(calls().calls.map((call) => ({ ...call, path: relative(stage.path, call.path) })))
    .map((call) => ({ ...setting, call }));
}

async function attempt(stock: Stock, interceptor: Interceptor, one: Case): Promise<void> {
  const { broken, verb, mishap, onward, noLinks, call } = one;
  using stage = stageFor(stock, one);
  const parts = digests(stage.library);
  const { env, calls } = interceptor.prepare({ below: stage.path, at: call.place, mishap, onward, noLinks });
  const { code, stderr } = await stage.run(stage.command(verb), { env });
  assert(calls().struck.length > 0, "the call came");
  const isReplaced = isGoodInPlace(stock, stage);
  assert(code !== 0 || isReplaced, "it said that it was done");
  // SQLite brings the log of a library that it had open into it.
  const isAsItWas = broken === "no database" || mishap === "SIGKILL";
  if (isAsItWas) assertNothingLost(stage, parts);
  if (isAsItWas && mishap === "EIO" && !onward && !isReplaced) {
    assert.deepEqual(digests(stage.library), parts, `the library after: ${stderr}`);
    assert.deepEqual(others(stage), [], `libraries that are kept after: ${stderr}`);
  }
  if (isReplaced) {
    assert.equal(others(stage).length, 1, `libraries that are kept: ${others(stage)}`);
    if (verb === "restore") assert.equal(stock.contents.of(stage.aside), stock.aside, "the good one is kept");
    return;
  }

  stage.ageLeftovers();
  const next = call.place % 2 === 0 ? "restore" : "undo";
  const { code: end, stderr: why } = await stage.run(stage.command(next));
  assert.equal(end, 0, `the next ${next}: ${why}`);
  assert.equal(stock.contents.of(stage.library), next === "undo" ? stock.aside : stock.new);
  if (isAsItWas) assertNothingLost(stage, parts);
  if (next === "restore") assert.equal(stock.contents.of(stage.aside), stock.aside, "the good one is kept");
  assert.equal(others(stage).length, 1, `libraries that are kept in the end: ${others(stage)}`);
}

function isGoodInPlace(stock: Stock, stage: Stage): boolean {
  try {
    return [stock.new, stock.aside].includes(stock.contents.of(stage.library));
  } catch {
    return false;
  }
}

/** Libraries that are set aside beside the one that was at first. */
function others(stage: Stage): string[] {
  return stage.setAside().filter((path) => path !== stage.aside);
}

function digests(path: string): string[] {
  return PARTS.map((part) => digestOfFiles([path + part]));
}

/** Each part of the broken library is still there, in its place or with what is set aside. */
function assertNothingLost(stage: Stage, parts: readonly string[]): void {
  const there = [stage.library, ...others(stage)].map(digests);
  for (const [index, part] of parts.entries()) {
    assert(there.some((each) => each[index] === part), `the library${PARTS[index]} is still there`);
  }
}

export const brokenLibrary: Group = {
  name: "fault over a broken library",
  unavailable: cannotIntercept,
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    const interceptor = Interceptor.compile(ground.directory);
    const cases: Case[] = [];
    for (const setting of sampled(ground, [...settings()], 4)) {
      cases.push(...await casesOf(stock, interceptor, setting));
    }
    for (const one of sampled(ground, cases)) {
      const { broken, verb, mishap, onward, noLinks, call } = one;
      const what = `${mishap}${onward ? " from then on" : ""} at call ${call.place}, ${call.kind} ${call.path}`;
      const name = `${verb} over one that is ${broken}: ${what}${noLinks ? ", without hard links" : ""}`;
      yield { name, run: () => attempt(stock, interceptor, one) };
    }
  },
};
