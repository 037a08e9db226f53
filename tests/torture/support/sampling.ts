import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import type { Ground, Trial } from "../group.ts";

/** Place in the group that no trial has: its random values are for the choice of trials. */
const CHOICE = 1_000_001;

/** All cases at full scale and above, a random choice of them below, at least this many, in their order. */
export function sampled<T>(ground: Ground, cases: readonly T[], least = 1): T[] {
  const wanted = Math.min(cases.length, Math.max(least, ground.count(cases.length)));
  const random = ground.random(CHOICE);
  const chosen: T[] = [];
  for (const [index, item] of cases.entries()) {
    if (random.below(cases.length - index) < wanted - chosen.length) chosen.push(item);
  }
  return chosen;
}

/** Trials that differ in their random values only. */
export function* repeated(
  ground: Ground,
  full: number,
  make: (random: SeededRandom, index: number) => Trial,
): Generator<Trial> {
  for (let index = 0; index < ground.count(full); index++) yield make(ground.random(index), index);
}
