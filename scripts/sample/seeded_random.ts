const UINT32_RANGE = 2 ** 32;
const WARM_UP_ROUNDS = 12;

/** A small seeded generator (sfc32): the same seed gives the same values on every machine and in every run. */
export class SeededRandom {
  #a = 0x9e3779b9;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is a safe integer ≥ 0. */
  constructor(seed: number) {
    this.#b = Math.floor(seed / UINT32_RANGE) | 0;
    this.#c = seed | 0;
    for (let round = 0; round < WARM_UP_ROUNDS; round++) this.#next();
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.#next() / UINT32_RANGE;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One of the items; an item that is listed twice comes twice as often. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError("Cannot pick from an empty list");
    return item;
  }

  /** Lower-case hexadecimal digits; `digits` is a multiple of 8. */
  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.#next().toString(16).padStart(8, "0");
    return text;
  }

  /** A version 4 UUID. */
  uuid(): string {
    const hex = this.hex(32);
    const variant = "89ab".charAt(this.below(4));
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${
      hex.slice(20)
    }`;
  }

  #next(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
