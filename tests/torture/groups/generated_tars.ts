import fc from "fast-check";
import { anyTar } from "../../support/any_tar.ts";
import { TarOracle } from "../../support/tar_oracle.ts";
import type { Group } from "../group.ts";
import { repeated } from "../support/sampling.ts";

const TRIALS = 40;
/** Tars in each trial; of one that fails the smallest is told that fails in the same way. */
const TARS = 500;
const MAX_SEED = 2 ** 31;

/** Tars made at random: what this program takes from one, Python's tarfile finds in it too. */
export const generatedTars: Group = {
  name: "generated tars",
  async *trials(ground) {
    await using oracle = new TarOracle();
    const property = fc.asyncProperty(anyTar, async (tar) => void await oracle.judge(tar));
    yield* repeated(ground, TRIALS, (random) => {
      const seed = random.below(MAX_SEED);
      return { name: `${TARS} tars of seed ${seed}`, run: () => fc.assert(property, { numRuns: TARS, seed }) };
    });
  },
};
