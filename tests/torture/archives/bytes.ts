import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";

/** The same bytes with one bit the other way round. */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  const at = bit >> 3;
  flipped[at] = (flipped[at] ?? 0) ^ 1 << (bit & 7);
  return flipped;
}

/** "bit 3 of byte 17". */
export function bitName(bit: number): string {
  return `bit ${bit & 7} of byte ${bit >> 3}`;
}

/** Numbers of all bits of the bytes from `at` on. */
export function bitsOf(at: number, bytes: number): number[] {
  return Array.from({ length: bytes * 8 }, (_, index) => at * 8 + index);
}

/** `count` of the items in their order, evenly spread from a random one on; all of them where there are no more. */
export function spread<T>(items: readonly T[], count: number, random: SeededRandom): T[] {
  const drawn = Math.min(count, items.length);
  const first = random.below(items.length);
  const places = new Set<number>();
  for (let index = 0; index < drawn; index++) {
    places.add(Math.floor(first + index * items.length / drawn) % items.length);
  }
  return items.filter((_, place) => places.has(place));
}
