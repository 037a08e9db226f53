import assert from "node:assert/strict";
import { join } from "node:path";
import { computingSecondsFor } from "../../../src/engine/worker/deadlines.ts";
import { BackupError } from "../../../src/errors.ts";
import { RestoreGround } from "../archives/attempt.ts";
import { spread } from "../archives/bytes.ts";
import { databaseBombs } from "../archives/database_bombs.ts";
import { damagedDatabases } from "../archives/database_damage.ts";
import { archiveOf, DatabaseGround } from "../archives/database_ground.ts";
import { oddDatabases } from "../archives/database_oddities.ts";
import { backUpHere } from "../archives/engine.ts";
import { Gauge } from "../archives/gauge.ts";
import type { Ending, HostileDatabase } from "../archives/hostile_database.ts";
import type { Ground, Group, Trial } from "../group.ts";

/** No database of which a look may have no end is larger than this. */
const LARGEST_BOMB_BYTES = 2 * 1024 * 1024;

/** Damaged and hostile databases, in an archive that is right in all else, and in the library's place. */
export const hostileDatabases: Group = {
  name: "hostile databases",
  unavailable: () => Gauge.unavailable(),
  async *trials(ground) {
    const cases = [...damagedDatabases(), ...oddDatabases()];
    yield* cases.flatMap((hostile, index) => trialsHere(hostile, ground, index));
    await using program = new DatabaseGround();
    const tried = cases.flatMap((hostile) => program.trials(hostile));
    yield* spread(tried, ground.count(tried.length), ground.random(0));
    const exploded = databaseBombs().flatMap((bomb) => program.trials(bomb, computingSecondsFor(LARGEST_BOMB_BYTES)));
    yield* spread(exploded, ground.count(exploded.length), ground.random(0));
  },
};

/** What can be tried without a process of its own. */
function trialsHere(hostile: HostileDatabase, { directory }: Ground, index: number): Trial[] {
  const place = `case-${index}`;
  const scratch = join(directory, place);
  return [
    {
      name: `${hostile.name}, in an archive`,
      async run() {
        const archive = await archiveOf(hostile, scratch);
        const code = await new RestoreGround(directory, `${place}-archive`).check(archive);
        requireEnding(code ?? "success", hostile.archive);
      },
    },
    {
      name: `${hostile.name}, as the library`,
      async run() {
        const library = `${scratch}.db`;
        hostile.make(library);
        requireEnding(await backUpEnding(library, `${scratch}.tar.gz`), hostile.library);
      },
    },
  ];
}

async function backUpEnding(library: string, archive: string): Promise<Ending> {
  try {
    await backUpHere(library, archive);
    return "success";
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
}

function requireEnding(ending: Ending, endings: readonly Ending[]): void {
  assert(endings.includes(ending), `it ended as ${ending}, not as ${endings.join(" or ")}`);
}
