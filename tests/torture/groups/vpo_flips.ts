import assert from "node:assert/strict";
import { sha256 } from "../../support/bytes.ts";
import { archiveFacts, VPO_ARCHIVES } from "../../support/home.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { bitName, bitsOf, flipBit, spread } from "../archives/bytes.ts";
import { readFixture } from "../archives/library.ts";
import type { Group } from "../group.ts";

const FLIPS = 2000;
/** Of gzip's header with the file name in it; where nothing but its form is wrong, a reader may not notice. */
const HEADER_BYTES = 64;
/** Of gzip's checks. */
const TRAILER_BYTES = 8;

/** One wrong bit in an archive that VPO wrote: it is refused, or it makes no difference to the library. */
export const vpoFlips: Group = {
  name: "bit flips in an archive of VPO's",
  *trials(ground) {
    const range = new RestoreGround(ground.directory, "flips");
    const archives = Object.values(VPO_ARCHIVES).map((name) => ({ name, bytes: readFixture(name) }));
    const flip = ({ name, bytes }: (typeof archives)[number], bit: number) => ({
      name: `${bitName(bit)} of ${bytes.length} of ${name}`,
      run: () => requireHarmless(range, name, flipBit(bytes, bit)),
    });

    let index = 0;
    for (const archive of archives) {
      yield { name: `no bit of ${archive.name}`, run: () => requireWhole(range, archive.name, archive.bytes) };
      index++;
    }
    for (const archive of archives) {
      const { length } = archive.bytes;
      const bits = [...bitsOf(0, HEADER_BYTES), ...bitsOf(length - TRAILER_BYTES, TRAILER_BYTES)];
      for (const bit of spread(bits, ground.count(bits.length), ground.random(0))) {
        yield flip(archive, bit);
        index++;
      }
    }
    for (let left = ground.count(FLIPS); left > 0; left--) {
      const random = ground.random(index);
      const archive = random.pick(archives);
      yield flip(archive, random.below(archive.bytes.length * 8));
      index++;
    }
  },
};

async function requireHarmless(range: RestoreGround, name: string, bytes: Uint8Array): Promise<void> {
  // One of the archives is of a newer schema; that must not be what it is refused for.
  const restored = await range.restore(bytes, { force: true });
  if (restored !== null) assert.equal(sha256(restored), archiveFacts(name).library_db_sha256, "another library");
}

async function requireWhole(range: RestoreGround, name: string, bytes: Uint8Array): Promise<void> {
  const restored = await range.restore(bytes, { force: true });
  assert(restored !== null, "the archive was refused");
  assert.equal(sha256(restored), archiveFacts(name).library_db_sha256);
}
