import assert from "node:assert/strict";
import { join } from "node:path";
import { BLOCK_HEADER_BYTES } from "../../../src/archive/block.ts";
import { runProgram } from "../../support/program.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { splitBlocks } from "../archives/blocks.ts";
import { bitName, bitsOf, flipBit, spread } from "../archives/bytes.ts";
import { backUpHere } from "../archives/engine.ts";
import { makeWideLibrary } from "../archives/library.ts";
import type { Ground, Group, Trial } from "../group.ts";

const HEAD_BYTES = 512;
const RANDOM_FLIPS = 5000;
/** Flips that are shown to the program as a process too. */
const PROGRAM_FLIPS = 40;

const INVALID_ARCHIVE = 46;

/** One wrong bit anywhere in an archive of this program, where it matters least too: its form is canonical. */
export const flips: Group = {
  name: "bit flips in an archive of ours",
  async *trials(ground) {
    const { archive, path } = await makeArchive(ground);
    const range = new RestoreGround(ground.directory, "flips");
    let index = 0;
    const random = () => ground.random(index).below(archive.length * 8);
    const inProcess = (bit: number): Trial => ({
      name: `${bitName(bit)} of ${archive.length}`,
      run: () => range.requireRefused(flipBit(archive, bit)),
    });

    yield { name: "no bit", run: () => range.requireAccepted(archive) };
    index++;
    const telling = tellingBits(archive);
    for (const bit of spread(telling, ground.count(telling.length), ground.random(0))) {
      yield inProcess(bit);
      index++;
    }
    for (let left = ground.count(RANDOM_FLIPS); left > 0; left--) {
      yield inProcess(random());
      index++;
    }
    for (let left = ground.count(PROGRAM_FLIPS); left > 0; left--) {
      const bit = random();
      const run = () => requireRefusedByProgram(ground.directory, path, flipBit(archive, bit));
      yield { name: `${bitName(bit)} of ${archive.length}, through the program`, run };
      index++;
    }
  },
};

/** All bits of the first bytes and of the header of every block. */
function tellingBits(archive: Uint8Array): number[] {
  let at = 0;
  const starts = splitBlocks(archive).map((block) => (at += block.length) - block.length);
  const [, ...others] = starts;
  return [...bitsOf(0, HEAD_BYTES), ...others.flatMap((start) => bitsOf(start, BLOCK_HEADER_BYTES))];
}

async function makeArchive({ directory }: Ground): Promise<{ archive: Uint8Array; path: string }> {
  const library = join(directory, "library.db");
  makeWideLibrary(library);
  const path = join(directory, "sound.tar.gz");
  await backUpHere(library, path);
  return { archive: Deno.readFileSync(path), path };
}

async function requireRefusedByProgram(home: string, archive: string, bytes: Uint8Array): Promise<void> {
  Deno.writeFileSync(archive, bytes);
  const { code, stdout } = await runProgram(["restore", archive, "--dry-run", "--json"], { home });
  assert.equal(code, INVALID_ARCHIVE, stdout);
  assert.equal((JSON.parse(stdout) as { code: unknown }).code, "invalid_archive");
}
