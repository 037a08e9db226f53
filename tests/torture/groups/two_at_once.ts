import assert from "node:assert/strict";
import { join } from "node:path";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import { MARKER_NAME } from "../../../src/store/place_marker.ts";
import type { Group, Trial } from "../group.ts";
import { removeIfPresent } from "../support/contents.ts";
import { Interceptor } from "../support/file_calls.ts";
import { assertTidy, wholeArchives } from "../support/findings.ts";
import { cannotOvertake, overtakeBackup, overtakeRestore } from "../support/overtaken.ts";
import { type Deed, DEEDS, runPair } from "../support/pairs.ts";
import { repeated } from "../support/sampling.ts";
import { namesIn } from "../../support/large_home.ts";
import type { Stage } from "../support/stage.ts";
import { Stock } from "../support/stock.ts";

const FULL = 100;
const FAILED = 40;
const EXISTS = 2;
/** The second run, or the deletion, comes at most this much later, in milliseconds; most runs have ended by then. */
const MAX_OFFSET_MS = 800;

/** What is deleted while a backup is made: archives as a prune does, all there is, the directory itself. */
const DELETIONS = ["the archives", "all in the directory", "the directory"] as const;
type Deletion = typeof DELETIONS[number];

/** An archive of the library that is set aside, beside the group's other things. */
async function makeOther(stock: Stock): Promise<string> {
  using stage = stock.stage();
  const output = join(stage.path, "..", "other.tar.gz");
  const { code, stderr } = await stage.run(["backup", "--library", stage.aside, "--output", output]);
  assert.equal(code, 0, stderr);
  return output;
}

async function besideDeletion(stock: Stock, stage: Stage, deletion: Deletion, offset: number): Promise<void> {
  await using program = stage.start(stage.command("backup", "--json"));
  await new Promise((resolve) => setTimeout(resolve, offset));
  const deleted = deleteFrom(stage.backups, deletion);
  const { code, stdout, stderr } = await program.ended();
  assert(code === 0 || code === FAILED, `exit ${code}: ${stdout}${stderr}`);
  stage.remember();
  const { path } = JSON.parse(stdout) as { path?: string };
  if (code === 0) {
    assert(path !== undefined);
    const isThere = namesIn(stage.backups).some((name) => join(stage.backups, name) === path);
    assert(isThere || deleted.includes(path), "an archive that was made is there, unless it was deleted");
    if (isThere) assert.equal(await stock.contents.ofArchive(path), stock.old.settled);
  } else {
    assert.deepEqual(namesIn(stage.backups).filter((name) => !deleted.includes(name) && isNew(name)), []);
  }
  // --make-dir claims a directory that is found empty.
  assertTidy(stage, code === 0 && namesIn(stage.backups).includes(MARKER_NAME) ? [MARKER_NAME] : []);
}

function isNew(name: string): boolean {
  return !name.startsWith("vpo-library-2026-01-15") && !name.startsWith("vpo-library-2026-02-05");
}

/** @returns paths of what was deleted */
function deleteFrom(directory: string, deletion: Deletion): string[] {
  const paths = namesIn(directory)
    .filter((name) => deletion !== "the archives" || name.endsWith(".tar.gz"))
    .map((name) => join(directory, name));
  for (const path of paths) removeIfPresent(path);
  if (deletion === "the directory") removeIfPresent(directory);
  return paths;
}

/** Two backups to one name: one gets it, or with --force one after the other. */
async function toOneName(stock: Stock, stage: Stage, force: boolean, offset: number): Promise<void> {
  const path = join(stage.backups, "vpo-library-one.tar.gz");
  const args = ["backup", "--library", stage.library, "--output", path, ...(force ? ["--force"] : [])];
  await using first = stage.start(args);
  await new Promise((resolve) => setTimeout(resolve, offset));
  await using second = stage.start(args);
  const codes = (await Promise.all([first.ended(), second.ended()])).map(({ code }) => code).sort();
  assert.deepEqual(codes, force ? [0, 0] : [0, EXISTS]);
  assert.deepEqual(await wholeArchives(stock, stage, "settled"), [path]);
  assertTidy(stage);
}

function trialFor(random: SeededRandom, stock: Stock, interceptor: Interceptor | null, other: string): Trial {
  const offset = random.below(MAX_OFFSET_MS);
  const kind = random.below(interceptor === null ? 10 : 12);
  const onStage = (act: (stage: Stage) => Promise<void>) => async () => {
    using stage = stock.stage();
    await act(stage);
  };
  if (kind >= 10 && interceptor !== null) {
    const weakness = random.pick(["waiting", "about to lock"] as const);
    const [what, act] = kind === 10 ? ["restore", overtakeRestore] as const : ["backup", overtakeBackup] as const;
    const name = `${what}, ${weakness}, overtaken by a restore and by VPO`;
    return { name, run: () => act(stock, interceptor, weakness) };
  }
  if (kind >= 8) {
    const deletion = random.pick(DELETIONS);
    const run = onStage((stage) => besideDeletion(stock, stage, deletion, offset));
    return { name: `backup, after ${offset} ms deletion of ${deletion}`, run };
  }
  if (kind === 7) {
    const force = random.chance(0.5);
    const run = onStage((stage) => toOneName(stock, stage, force, offset));
    return { name: `two backups to one name${force ? " by force" : ""}, ${offset} ms apart`, run };
  }
  const deeds: [Deed, Deed] = [random.pick(DEEDS), random.pick(DEEDS)];
  const run = onStage((stage) => runPair(stock, stage, deeds, offset, other));
  return { name: `${deeds[0]} and after ${offset} ms ${deeds[1]}`, run };
}

export const twoAtOnce: Group = {
  name: "two at once",
  unavailable: () => Deno.build.os === "windows" ? "Windows has no signals" : null,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    const other = await makeOther(stock);
    const interceptor = cannotOvertake() === null ? Interceptor.compile(ground.directory) : null;
    yield* repeated(ground, FULL, (random) => trialFor(random, stock, interceptor, other));
  },
};
