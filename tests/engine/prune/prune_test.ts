import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { runEngine } from "../../../src/engine/worker/client.ts";
import type { EngineEvent, PrunePlan, Request, Results } from "../../../src/engine/protocol/mod.ts";
import { BackupError } from "../../../src/errors.ts";
import { putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { planRequest } from "../../support/results.ts";

const [NEWEST = "", SECOND = "", THIRD = ""] = [4, 3, 2].map((day) => `vpo-library-2024-03-0${day}T03-00-00Z.tar.gz`);

/** Has the engine serve a request, and writes down its warnings. */
async function serve<R extends Request>(request: R, warnings: string[] = []): Promise<Results[R["verb"]]> {
  const event = (event: EngineEvent) => {
    if (event.kind === "warning") warnings.push(event.message);
  };
  const ask = () => Promise.reject(new Error("nothing is asked"));
  return await runEngine(request, { event, ask }, new AbortController().signal);
}

/** A home with three backups, and the plan to keep one of them. */
async function planned(): Promise<{ home: Home; plan: PrunePlan; [Symbol.dispose](): void }> {
  const home = Home.withLibrary();
  await putBackups(home, "2024-03-04T03:00:00Z", "2024-03-03T03:00:00Z", "2024-03-02T03:00:00Z");
  const plan = await serve(planRequest(home.backups, Deno.realPathSync(home.library)));
  assert.deepEqual(plan.removed.map(({ filename }) => filename), [SECOND, THIRD]);
  return { home, plan, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

Deno.test("prune: what became another file after the plan was made is left alone, and told", async () => {
  using made = await planned();
  const { home, plan } = made;
  Deno.removeSync(join(home.backups, SECOND));
  Deno.copyFileSync(join(home.backups, NEWEST), join(home.backups, SECOND));
  const warnings: string[] = [];
  const { removed } = await serve({ verb: "prune", plan }, warnings);
  assert.deepEqual(removed.map(({ filename }) => filename), [THIRD]);
  assert.deepEqual(warnings, [`${SECOND} is no longer what it was, and is left alone`]);
  assert.deepEqual(home.archives(), [SECOND, NEWEST]);
});

Deno.test("prune: what another run has removed meanwhile is none of its business", async () => {
  using made = await planned();
  const { home, plan } = made;
  const warnings: string[] = [];
  const runs = await Promise.all([serve({ verb: "prune", plan }, warnings), serve({ verb: "prune", plan }, warnings)]);
  assert.deepEqual(warnings, []);
  assert.deepEqual(home.archives(), [NEWEST]);
  const removed = runs.flatMap(({ removed }) => removed.map(({ filename }) => filename));
  assert.deepEqual(removed.toSorted(), [THIRD, SECOND]);
});

/** Puts a copy under a name, which is another file to the system, of another time. */
function replaceByCopy(path: string, name: string): void {
  Deno.copyFileSync(path, `${name}.new`);
  Deno.utimeSync(`${name}.new`, 1_700_000_000, 1_700_000_000);
  Deno.renameSync(`${name}.new`, name);
}

function flipByte(path: string, at: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
}

Deno.test("prune: what only has another number and time, as on a share, is still what it was", async () => {
  using made = await planned();
  const { home, plan } = made;
  for (const name of home.archives()) replaceByCopy(join(home.backups, name), join(home.backups, name));
  const warnings: string[] = [];
  const { removed } = await serve({ verb: "prune", plan }, warnings);
  assert.deepEqual(removed.map(({ filename }) => filename), [SECOND, THIRD]);
  assert.deepEqual([warnings, home.archives()], [[], [NEWEST]]);
});

Deno.test("prune: a damaged one that somebody has mended meanwhile is left alone", async () => {
  using made = await planned();
  const { home } = made;
  const path = join(home.backups, THIRD);
  Deno.copyFileSync(path, home.file("sound"));
  const at = Math.floor(Deno.statSync(path).size / 2);
  flipByte(path, at);
  Deno.utimeSync(path, 1_700_000_000, 1_700_000_000);
  const { directory, removed, newest, ...rest } = made.plan;
  const file = removed.find(({ filename }) => filename === THIRD);
  assert(file !== undefined);
  const plan = { ...rest, directory, newest, removed: [{ ...file, reason: "damaged" as const }] };
  const warnings: string[] = [];
  replaceByCopy(home.file("sound"), path);
  assert.deepEqual((await serve({ verb: "prune", plan }, warnings)).removed, []);
  assert.deepEqual(warnings, [`${THIRD} is no longer what it was, and is left alone`]);
  flipByte(path, at);
  assert.deepEqual((await serve({ verb: "prune", plan })).removed.map(({ filename }) => filename), [THIRD]);
});

for (
  const [what, happens] of [
    ["has gone", (path: string) => Deno.removeSync(path)],
    ["was written to", (path: string) => Deno.truncateSync(path, 1000)],
    ["is another file", (path: string) => replaceByCopy(join(dirname(path), SECOND), path)],
    ["got damaged", (path: string) => {
      replaceByCopy(path, path);
      flipByte(path, Math.floor(Deno.statSync(path).size / 2));
    }],
  ] as const
) {
  Deno.test(`prune: where the newest good one ${what} meanwhile nothing is removed`, async () => {
    using made = await planned();
    const { home, plan } = made;
    happens(join(home.backups, NEWEST));
    await assert.rejects(serve({ verb: "prune", plan }), (error) => {
      assert(error instanceof BackupError);
      assert.equal(error.code, "general");
      assert.match(
        error.message,
        /: the newest good backup has gone or changed meanwhile; removed before that: 0 of 2 backups$/,
      );
      return true;
    });
    for (const name of [SECOND, THIRD]) assert(home.archives().includes(name));
  });
}

Deno.test("prune: a plan reaches nothing but archives in its directory", async () => {
  using made = await planned();
  const { home, plan } = made;
  // The very files that were planned, under names that are not to be reached.
  const names = [join("sub", SECOND), "notes.tar.gz"];
  Deno.mkdirSync(join(home.backups, "sub"));
  const removed = plan.removed.map((file, index) => {
    const filename = names[index] ?? "";
    Deno.renameSync(join(home.backups, file.filename), join(home.backups, filename));
    return { ...file, filename };
  });
  const warnings: string[] = [];
  assert.deepEqual((await serve({ verb: "prune", plan: { ...plan, removed } }, warnings)).removed, []);
  assert.equal(warnings.length, 2);
  for (const name of names) assert(Deno.statSync(join(home.backups, name)).isFile);
});

Deno.test("plan prune: nothing is written", async () => {
  using made = await planned();
  const before = made.home.state();
  await serve({ ...planRequest(made.home.backups, made.home.library), damaged: true, force: true });
  assert.deepEqual(made.home.state(), before);
});
