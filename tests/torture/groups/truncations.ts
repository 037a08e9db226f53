import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { theirMetadata, theirTar } from "../../support/archives.ts";
import { VPO_ARCHIVES } from "../../support/home.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { spread } from "../archives/bytes.ts";
import { backUpHere } from "../archives/engine.ts";
import { makeSmallLibrary, makeWideLibrary, readFixture } from "../archives/library.ts";
import type { Ground, Group } from "../group.ts";

/** Lengths tried of an archive that has too many of them for all to be. */
const LENGTHS_OF_LARGE = 1000;

interface Whole {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Lengths to cut it to: "all" of them, or as many random ones. */
  readonly lengths: "all" | number;
}

/** Archives that end early, wherever that is. */
export const truncations: Group = {
  name: "truncations",
  async *trials(ground) {
    const range = new RestoreGround(ground.directory, "cut");
    const wholes = await makeWholes(ground);
    const cut = (whole: Whole, length: number) => ({
      name: `${whole.name} cut to ${length} of ${whole.bytes.length} bytes`,
      run: () => range.requireRefused(whole.bytes.subarray(0, length)),
    });

    let index = 0;
    for (const whole of wholes) {
      yield { name: `${whole.name}, whole`, run: () => range.requireAccepted(whole.bytes) };
      index++;
    }
    for (const whole of wholes) {
      const { length } = whole.bytes;
      if (whole.lengths === "all") {
        const lengths = Array.from({ length }, (_, length) => length);
        for (const length of spread(lengths, ground.count(lengths.length), ground.random(0))) {
          yield cut(whole, length);
          index++;
        }
      } else {
        for (let left = ground.count(whole.lengths); left > 0; left--) {
          yield cut(whole, ground.random(index).below(length));
          index++;
        }
      }
    }
  },
};

async function makeWholes({ directory }: Ground): Promise<Whole[]> {
  const small = makeSmallLibrary(join(directory, "small.db"));
  makeWideLibrary(join(directory, "large.db"));
  const ours = async (name: string) => {
    const archive = join(directory, `${name}.tar.gz`);
    await backUpHere(join(directory, `${name}.db`), archive);
    return Deno.readFileSync(archive);
  };
  const theirs = gzipSync(theirTar(small, { ...theirMetadata(small.length), file_count: 3 }));
  return [
    { name: "a small archive of ours", bytes: await ours("small"), lengths: "all" },
    { name: "a small archive in VPO's form", bytes: theirs, lengths: "all" },
    { name: "a large archive of ours", bytes: await ours("large"), lengths: LENGTHS_OF_LARGE },
    { name: "a large archive of VPO's", bytes: readFixture(VPO_ARCHIVES.present), lengths: LENGTHS_OF_LARGE },
  ];
}
