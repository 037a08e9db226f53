import assert from "node:assert/strict";
import { type Asked, canActBeside, runStopped, SecondProgram } from "../../support/surroundings/second_program.ts";
import type { Ended } from "../../support/started.ts";
import type { Group } from "../group.ts";
import { type FileCall, Interceptor } from "../support/file_calls.ts";
import { assertTidy } from "../support/findings.ts";
import { sampled } from "../support/sampling.ts";
import type { Stage } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

/** Few rows: a restore makes some two hundred calls, and every one of them gets its turn. */
const FILES = 10;
/** Runs that calls are taken from at the least, at whatever scale. */
const MIN_RUNS = 2;
const DONE = 0;
const REFUSED = [43, 40];
const WAIT = ["--wait", "0.3"];

const MODES = { "WAL": "settled", "rollback": "rollback mode" } as const satisfies Record<string, Condition>;

/** What SQLite may answer a program whose library is replaced; everything else would be the fault of whoever did it. */
const HARMLESS = /^(ok|database is locked|attempt to write a readonly database)$/;

const write = (what: string) => `INSERT INTO _meta VALUES ('second ${what}', 'committed')`;
const READ = "SELECT count(*) FROM files";
const WRITTEN = "SELECT key FROM _meta WHERE key LIKE 'second %'";
const WITHOUT_WRITTEN = "DELETE FROM _meta WHERE key LIKE 'second %'";

/** Another program beside a replacement, and what it does when. */
interface Companion {
  readonly who: string;
  readonly before: readonly string[];
  /** While ours is stopped; what comes after something that has to wait is done when that is answered. */
  readonly meanwhile: readonly string[];
  /** When ours has ended. */
  readonly after: readonly string[];
}

const COMPANIONS: readonly Companion[] = [
  {
    who: "a connection opened before and used after",
    before: ["connect 5"],
    meanwhile: [],
    after: [write("after"), READ, write("again")],
  },
  {
    who: "one that starts then",
    before: [],
    meanwhile: ["connect 30", "PRAGMA journal_mode = WAL", write("then")],
    after: [write("after")],
  },
  {
    who: "a writer that waits",
    before: ["connect 30"],
    meanwhile: [write("then")],
    after: [write("after")],
  },
  { who: "an idle one", before: ["connect 30"], meanwhile: [READ], after: [READ] },
];

interface Case {
  readonly verb: "restore" | "undo";
  readonly mode: keyof typeof MODES;
  readonly companion: Companion;
  readonly call: FileCall;
}

/** The calls from the first look at the library to the end. */
async function callsOf(stock: Stock, interceptor: Interceptor, { verb, mode }: Pick<Case, "verb" | "mode">) {
  using stage = stock.stage(MODES[mode]);
  const { env, calls } = interceptor.prepare({ below: stage.path, locks: true });
  const { code, stderr } = await stage.run(stage.command(verb, ...WAIT), { env });
  assert.equal(code, DONE, stderr);
  const made = calls().calls;
  const first = made.findIndex(({ path }) => path === stage.library);
  return made.slice(first).map((call) => ({ ...call, path: call.path.slice(stage.path.length + 1) }));
}

/** A run of the companion: what it said, and what it was told was committed. */
class Course {
  readonly answers: string[] = [];
  readonly committed: string[] = [];
  readonly #second: SecondProgram;
  #waiting: { readonly line: string; readonly asked: Asked } | null = null;

  constructor(second: SecondProgram) {
    this.#second = second;
  }

  /** Does these things until one of them has to wait, which is the last. */
  async go(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      if (this.#waiting !== null) await this.settle();
      const asked = await this.#second.begin(line);
      this.#waiting = { line, asked };
      if (!asked.waits) await this.settle();
    }
  }

  async settle(): Promise<void> {
    if (this.#waiting === null) return;
    const { line, asked } = this.#waiting;
    this.#waiting = null;
    const answer = await asked.answer;
    this.answers.push(`${line}: ${answer}`);
    assert.match(answer, HARMLESS, `what the other program was told: ${this.answers.join("; ")}`);
    const [, written] = /VALUES \('(second [^']*)'/.exec(line) ?? [];
    if (answer === "ok" && written !== undefined) this.committed.push(written);
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }
}

async function attempt(stock: Stock, interceptor: Interceptor, one: Case): Promise<void> {
  const { verb, mode, companion, call } = one;
  using stage = stock.stage(MODES[mode]);
  await using second = new SecondProgram(stage.library);
  const course = new Course(second);
  await course.go(companion.before);
  let rest: readonly string[] = [];
  const ended = await runStopped(
    interceptor,
    { below: stage.path, locks: true, at: call.place },
    (env) => stage.start(stage.command(verb, ...WAIT), { env }),
    async () => {
      for (const [index, line] of companion.meanwhile.entries()) {
        await course.go([line]);
        if (!course.isWaiting) continue;
        rest = companion.meanwhile.slice(index + 1);
        return;
      }
    },
  );
  assert(ended.isStopped, `the call came; exit ${ended.code}: ${ended.stderr}`);
  await course.settle();
  await course.go([...rest, ...companion.after]);
  await course.settle();
  checkLibraries(stock, stage, one, ended, [course]);
  // What the other left beside the library has its effect when the next one opens it.
  await using third = new SecondProgram(stage.library);
  const next = new Course(third);
  await next.go(["connect 5", READ, write("third"), "close"]);
  await next.settle();
  await course.go(["close"]);
  await course.settle();
  checkLibraries(stock, stage, one, ended, [course, next]);
}

function checkLibraries(
  stock: Stock,
  stage: Stage,
  { verb, mode }: Case,
  ended: Ended,
  courses: readonly Course[],
): void {
  const others = courses.map(({ answers }) => answers.join("; ")).join("; a third: ");
  const said = `exit ${ended.code} ${ended.stderr}; the other program: ${others}`;
  const inPlace = within(said, () => stock.contents.of(stage.library, WITHOUT_WRITTEN));
  const aim = verb === "restore" ? stock.new : stock.aside;
  if (ended.code === DONE) {
    assert.equal(inPlace, aim, `the library that it says is in place is; ${said}`);
  } else {
    assert(REFUSED.includes(ended.code), `exit ${ended.code}; ${said}`);
    const isReplaced = inPlace === aim;
    if (isReplaced) assert.match(ended.stderr, /was replaced/, `a failure after the replacement says so; ${said}`);
    else assert.equal(inPlace, stock.old[MODES[mode]], `the library is as it was; ${said}`);
  }
  const kept = [stage.library, ...stage.setAside()];
  for (const path of kept) within(said, () => stock.contents.of(path));
  const found = kept.flatMap((path) => stock.contents.query(path, WRITTEN));
  for (const written of courses.flatMap(({ committed }) => committed)) {
    assert(found.includes(written), `"${written}" is kept; ${said}`);
  }
  within(said, () => assertTidy(stage));
}

function within<T>(said: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}; ${said}`, { cause: error });
  }
}

export const secondProgram: Group = {
  name: "a second program at every call",
  unavailable: () => canActBeside ? null : "it needs Linux, gcc and Python",
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES], unlike: true });
    const interceptor = Interceptor.compile(ground.directory);
    const runs = (["restore", "undo"] as const).flatMap((verb) =>
      (["WAL", "rollback"] as const).map((mode) => ({ verb, mode }))
    );
    const cases: Case[] = [];
    for (const run of sampled(ground, runs, MIN_RUNS)) {
      const calls = await callsOf(stock, interceptor, run);
      for (const call of calls) cases.push(...COMPANIONS.map((companion) => ({ ...run, companion, call })));
    }
    for (const one of sampled(ground, cases)) {
      const { verb, mode, companion, call } = one;
      const where = `call ${call.place}, ${call.kind} ${call.path}`;
      yield {
        name: `${verb} of a library in ${mode} mode, stopped at ${where}, beside ${companion.who}`,
        run: () => attempt(stock, interceptor, one),
      };
    }
  },
};
