import assert from "node:assert/strict";
import { hasPython } from "../../support/commands.ts";
import { membersByPython, membersOf } from "../../support/tar_members.ts";
import { type GeneratedTar, generateTar } from "../archives/tar_generator.ts";
import type { Ground, Group } from "../group.ts";

const TARS = 20_000;
/** Tars that one Python process is asked about. */
const BATCH = 500;
/** Longest time that reading one of these small tars may take, in milliseconds. */
const MAX_MS = 1000;

/** What Python says of each of the tars; of those that this program refuses it is not asked. */
type Answers = ReadonlyMap<number, unknown>;

/** Tars made at random: what this program takes from one, Python's tarfile finds in it too. */
export const generatedTars: Group = {
  name: "generated tars",
  *trials(ground) {
    const total = ground.count(TARS);
    let batch: { readonly first: number; readonly answers: Promise<Answers> } | null = null;
    const answersAround = (index: number): Promise<Answers> => {
      const first = index - index % BATCH;
      if (batch?.first !== first) batch = { first, answers: askPython(ground, first, Math.min(first + BATCH, total)) };
      return batch.answers;
    };
    for (let index = 0; index < total; index++) {
      yield { name: `tar ${index}`, run: async () => compare(tarOf(ground, index), index, await answersAround(index)) };
    }
  },
};

function tarOf(ground: Ground, index: number): GeneratedTar & { readonly chunks: readonly Uint8Array[] } {
  const random = ground.random(index);
  const tar = generateTar(random);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < tar.bytes.length;) {
    const length = random.pick([1, 7, 511, 512, 513, 4096]);
    chunks.push(tar.bytes.subarray(at, at + length));
    at += length;
  }
  return { ...tar, chunks };
}

function compare(tar: ReturnType<typeof tarOf>, index: number, answers: Answers): void {
  const started = performance.now();
  const members = membersOf(tar.bytes);
  const ms = performance.now() - started;
  assert(ms < MAX_MS, `it took ${Math.round(ms)} ms`);
  assert.deepEqual(membersOf(...tar.chunks), members, "in other chunks it is read otherwise");
  if (tar.isRight) assert(members !== null, "it was refused");
  if (members !== null && hasPython) assert.deepEqual(answers.get(index), members, "Python reads it otherwise");
}

async function askPython(ground: Ground, first: number, end: number): Promise<Answers> {
  const accepted = Array.from({ length: end - first }, (_, offset) => first + offset)
    .map((index) => ({ index, bytes: tarOf(ground, index).bytes }))
    .filter(({ bytes }) => membersOf(bytes) !== null);
  if (!hasPython) return new Map();
  const answers = await membersByPython(accepted.map(({ bytes }) => bytes));
  return new Map(accepted.map(({ index }, place) => [index, answers[place]]));
}
