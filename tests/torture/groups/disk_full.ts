import assert from "node:assert/strict";
import { directoryState } from "../../support/directory_state.ts";
import type { Outcome } from "../../support/program.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import type { Group } from "../group.ts";
import { removeIfPresent } from "../support/contents.ts";
import { cannotIntercept, Interceptor } from "../support/file_calls.ts";
import { CANNOT_MOUNT, fillUp, leaveRoom, ROOMY } from "../support/disk_room.ts";
import { assertTidy, keptLibraries, libraryInPlace, wholeArchives } from "../support/findings.ts";
import { type Stage, type Verb, VERBS } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

const SIZES = 60;
const INSUFFICIENT_SPACE = 44;
const MB = 1024 * 1024;

/** When the disk is found to be full: at the check for space, after a check that was too hopeful, because of others. */
const OCCASIONS = ["before", "after", "meanwhile"] as const;

/** Steps at which another program takes the space. */
const STEPS = {
  backup: ["copy library", "check copy", "compress", "read back"],
  restore: ["read archive", "check database"],
  undo: ["check database"],
} as const;

/** What is in the way of a run that has this much room, in libraries: nothing yet, its copy, its copy and the archive. */
const EDGES = { backup: [0, 1, 1.3], restore: [0, 1], undo: [0] } as const;
/** Room for the small files beside the large ones. */
const EDGE_BYTES = 0.25 * MB;

interface Plan {
  readonly verb: Verb;
  readonly condition: Condition;
  readonly occasion: typeof OCCASIONS[number];
  /** From 0 to 1, growing from trial to trial: how much of the room that suffices there is... */
  readonly share: number;
  /** ...or how much of the little that is needed at this size, in libraries; null for the room in all. */
  readonly edge: number | null;
  readonly step: string;
}

function planFor(random: SeededRandom, share: number): Plan {
  const verb = random.pick(VERBS);
  const occasion = random.pick(cannotIntercept() === null ? OCCASIONS : ["before", "meanwhile"] as const);
  const condition = random.pick(["settled", "hot log"] as const);
  const edge = occasion !== "before" && random.chance(0.5) ? random.pick<number>(EDGES[verb]) : null;
  return { verb, condition, occasion, share, edge, step: random.pick(STEPS[verb]) };
}

/** Room that a run gets, in bytes. */
function roomFor({ verb, occasion, share, edge }: Plan, librarySize: number): number {
  if (occasion === "before") return share * roomy(librarySize);
  if (edge !== null) return edge * librarySize + share * EDGE_BYTES;
  return share * (verb === "undo" ? EDGE_BYTES : verb === "backup" ? 1.5 * librarySize + MB : 1.2 * librarySize + MB);
}

/** Room with which every check for space is passed, in bytes. */
function roomy(librarySize: number): number {
  return 2 * librarySize + 20 * MB;
}

async function attempt(stock: Stock, interceptor: Interceptor | null, plan: Plan): Promise<void> {
  using stage = stock.emptyStage();
  const disk = plan.verb === "backup" ? stage.backups : stage.vpo;
  using _mount = mountMemory(disk, ROOMY);
  stock.furnish(stage, plan.condition);
  const { size } = Deno.statSync(stage.library);
  const room = roomFor(plan, size);
  leaveRoom(disk, roomy(size));
  const before = directoryState(stage.path);
  const { code, stderr } = plan.occasion === "meanwhile"
    ? await runBesideFiller(stage, disk, plan, room)
    : await runInRoom(stage, disk, interceptor, plan, room);

  leaveRoom(disk, roomy(size));
  if (code !== 0) {
    assert.equal(code, INSUFFICIENT_SPACE, stderr);
    assert.match(stderr, /not enough space|disk is full|no space is left/);
    assert.equal(libraryInPlace(stock, stage, plan.condition), "old");
    assert.deepEqual(stage.strangers(), []);
    assert.deepEqual(withoutLog(directoryState(stage.path)), withoutLog(before), "all else is as it was");
  } else if (plan.verb === "backup") {
    assert.equal((await wholeArchives(stock, stage, plan.condition)).length, 1);
  } else {
    assert.equal(libraryInPlace(stock, stage, plan.condition), plan.verb === "restore" ? "new" : "aside");
    assert.equal(keptLibraries(stock, stage, plan.condition).old, 1);
  }
  assertTidy(stage);
}

/** The log may have been brought into the library by then: its content was looked at already. */
function withoutLog(state: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(state).filter(([path]) => !/library\.db(-wal)?$/.test(path)));
}

async function runInRoom(
  stage: Stage,
  disk: string,
  interceptor: Interceptor | null,
  { verb, occasion }: Plan,
  room: number,
): Promise<Outcome> {
  leaveRoom(disk, room);
  if (occasion === "before" || interceptor === null) return await stage.run(stage.command(verb));
  const { env, calls } = interceptor.prepare({ below: stage.path, room: true });
  const outcome = await stage.run(stage.command(verb), { env });
  calls();
  return outcome;
}

async function runBesideFiller(stage: Stage, disk: string, plan: Plan, spare: number): Promise<Outcome> {
  await using program = stage.start(stage.command(plan.verb, "-v"));
  await program.said(`step ${plan.step}`);
  await program.stop();
  const filler = fillUp(disk, spare);
  program.signal("SIGCONT");
  const outcome = await program.ended();
  removeIfPresent(filler);
  return outcome;
}

export const diskFull: Group = {
  name: "disk full",
  unavailable: () => canMount ? null : CANNOT_MOUNT,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    const interceptor = cannotIntercept() === null ? Interceptor.compile(ground.directory) : null;
    const sizes = ground.count(SIZES);
    for (let index = 0; index < sizes; index++) {
      const plan = planFor(ground.random(index), sizes === 1 ? 0.5 : index / (sizes - 1));
      const when = plan.occasion === "meanwhile" ? `meanwhile, at "${plan.step}"` : `${plan.occasion} the check`;
      const room = `${(plan.share * 100).toFixed()}% of the ${
        plan.edge === null ? "room" : `last room at ${plan.edge}`
      }`;
      const name = `${plan.verb} (${plan.condition}) with ${room}, full ${when}`;
      yield { name, run: () => attempt(stock, interceptor, plan) };
    }
  },
};
