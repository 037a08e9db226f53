import assert from "node:assert/strict";
import { join } from "node:path";
import { bombs } from "../archives/bombs.ts";
import { Gauge } from "../archives/gauge.ts";
import { type HostileArchive, type Sound, soundFrom } from "../archives/hostile.ts";
import { hostileBlocks } from "../archives/hostile_blocks.ts";
import { hostileHeaders } from "../archives/hostile_headers.ts";
import { hostileMembers } from "../archives/hostile_members.ts";
import { hostileMetadata } from "../archives/hostile_metadata.ts";
import { hostileStreams } from "../archives/hostile_streams.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { spread } from "../archives/bytes.ts";
import { largeTars } from "../archives/large_tars.ts";
import { makeSmallLibrary } from "../archives/library.ts";
import { type Mode, MODES, ProgramGround } from "../archives/program_ground.ts";
import { concat } from "../../support/bytes.ts";
import type { Group } from "../group.ts";

/** Archives made to do harm: each is refused, or is one that has to be taken, and nothing else happens. */
export const hostileArchives: Group = {
  name: "hostile archives",
  unavailable: () => Gauge.unavailable(),
  async *trials(ground) {
    const sound = soundFrom(makeSmallLibrary(join(ground.directory, "sound.db")));
    const cases = await casesFor(sound);
    const range = new RestoreGround(ground.directory, "hostile");
    const escaped = join(ground.directory, "escaped");
    for (const hostile of cases) {
      yield { name: hostile.name, run: () => tryHere(hostile, sound, range, escaped) };
    }
    yield* largeTars();
    await using program = new ProgramGround(sound);
    const tried = cases.flatMap((hostile, index) =>
      modesFor(hostile, index).map((mode) => program.trial(hostile, mode))
    );
    yield* spread(tried, ground.count(tried.length), ground.random(0));
    const exploded = (await bombs(sound)).flatMap((hostile) => MODES.map((mode) => program.trial(hostile, mode)));
    yield* spread(exploded, ground.count(exploded.length), ground.random(0));
  },
};

/** One way to show it to the program, in turns; every way where it says what a terminal would act on. */
function modesFor({ name }: HostileArchive, index: number): readonly Mode[] {
  if (/escape code|control characters/.test(name)) return MODES;
  return [index % 2 === 0 ? "check" : "restore"];
}

async function casesFor(sound: Sound): Promise<HostileArchive[]> {
  return [
    ...hostileMembers(sound),
    ...hostileHeaders(sound),
    ...hostileStreams(sound),
    ...await hostileBlocks(sound),
    ...await hostileMetadata(sound),
  ];
}

/** Restores the archive without a process of its own. */
async function tryHere(hostile: HostileArchive, sound: Sound, range: RestoreGround, outside: string): Promise<void> {
  const restored = await range.restore(concat(...hostile.bytes(outside)), { force: false });
  if (hostile.outcome === "refused") assert(restored === null, "the archive was accepted");
  if (hostile.outcome === "restored") assert(restored !== null, "the archive was refused");
  if (restored !== null) assert.deepEqual(restored, sound.database, "another library");
  assert.throws(() => Deno.lstatSync(outside), Deno.errors.NotFound, "written outside");
}
