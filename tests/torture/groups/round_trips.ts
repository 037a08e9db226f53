import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { gunzipSync } from "node:zlib";
import { sha256 } from "../../support/bytes.ts";
import { runProgram } from "../../support/program.ts";
import { databaseIn } from "../archives/blocks.ts";
import { backUpHere, restoreHere } from "../archives/engine.ts";
import { digestOf, type LibraryPlan, makePlanned, pickName, planLibrary } from "../archives/random_library.ts";
import type { Ground, Group } from "../group.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";

const TRIPS = 1000;
/** Trips that the program makes as a process. */
const PROGRAM_TRIPS = 40;

/** The two halves of a trip, and what is known of the archive between them. */
interface Vehicle {
  backUp(library: string, archive: string, level: number): Promise<{ readonly sha256: string; readonly files: number }>;
  restore(archive: string, library: string): Promise<void>;
}

const ENGINE: Vehicle = {
  async backUp(library, archive, level) {
    const { databaseSha256, fileCount } = await backUpHere(library, archive, level);
    return { sha256: databaseSha256, files: fileCount };
  },
  restore: async (archive, library) => void await restoreHere(archive, library),
};

/** A library of any make comes back as it was: byte by byte as it was archived, and row by row as it was. */
export const roundTrips: Group = {
  name: "round trips",
  *trials(ground) {
    const inProcess = ground.count(TRIPS);
    const total = inProcess + ground.count(PROGRAM_TRIPS);
    for (let index = 0; index < total; index++) {
      const isHere = index < inProcess;
      const random = ground.random(index);
      const plan = planLibrary(random);
      yield {
        name: (isHere ? "" : "through the program: ") + JSON.stringify(plan),
        run: () => travel(ground, index, plan, random, isHere ? ENGINE : programIn(ground.directory)),
      };
    }
  },
};

function programIn(home: string): Vehicle {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runProgram([...args, "--json"], { home });
    assert.equal(code, 0, stdout + stderr);
    return JSON.parse(stdout) as { database_sha256: string; file_count: number };
  };
  return {
    async backUp(library, archive, level) {
      const said = await run("backup", "--library", library, "--output", archive, "--level", String(level));
      return { sha256: said.database_sha256, files: said.file_count };
    },
    restore: async (archive, library) => void await run("restore", archive, "--library", library, "--yes"),
  };
}

async function travel(
  ground: Ground,
  index: number,
  plan: LibraryPlan,
  random: SeededRandom,
  vehicle: Vehicle,
): Promise<void> {
  const directory = join(ground.directory, String(index), pickName(random));
  Deno.mkdirSync(directory, { recursive: true });
  const library = join(directory, "library.db");
  const archive = join(directory, "trip.tar.gz");
  try {
    const digest = await backUpOpen(library, archive, plan, random, vehicle);
    const isOver = random.chance(0.5);
    const destination = isOver ? library : join(directory, "elsewhere", "library.db");
    if (isOver) change(library);
    else Deno.mkdirSync(dirname(destination));
    await vehicle.restore(archive, destination);
    requireSame(destination, archive, digest);
    requireNeat(destination, isOver);
  } finally {
    Deno.removeSync(join(ground.directory, String(index)), { recursive: true });
  }
}

/** Makes the library and backs it up, most often while the connection that made it is still open. */
async function backUpOpen(
  path: string,
  archive: string,
  plan: LibraryPlan,
  random: SeededRandom,
  vehicle: Vehicle,
): Promise<string> {
  const writer = makePlanned(path, plan, random);
  try {
    const digest = digestOf(writer);
    if (random.chance(0.3)) writer.close();
    const said = await vehicle.backUp(path, archive, random.between(1, 9));
    assert.equal(said.files, plan.files, "files");
    assert.equal(said.sha256, sha256(archived(archive)), "the archive holds something else than was said");
    return digest;
  } finally {
    if (writer.isOpen) writer.close();
  }
}

function archived(archive: string): Uint8Array {
  return databaseIn(gunzipSync(Deno.readFileSync(archive)));
}

function change(library: string): void {
  const database = new DatabaseSync(library);
  try {
    database.exec("DELETE FROM files; DROP TABLE computed; INSERT INTO _meta VALUES ('is', 'changed')");
  } finally {
    database.close();
  }
}

function requireSame(library: string, archive: string, digest: string): void {
  assert.equal(sha256(Deno.readFileSync(library)), sha256(archived(archive)), "its bytes are not the archived ones");
  const database = new DatabaseSync(library, { readOnly: true });
  try {
    assert.equal(digestOf(database), digest, "it does not say what the library said");
  } finally {
    database.close();
  }
}

/** Beside the library is what was replaced, and nothing else but what reading it has just left. */
function requireNeat(library: string, isOver: boolean): void {
  const directory = dirname(library);
  const names = Array.from(Deno.readDirSync(directory), ({ name }) => name)
    .filter((name) => !/^(library\.db(-wal|-shm)?|trip\.tar\.gz)$/.test(name));
  const kept = names.filter((name) => name.startsWith("library.db.before-restore-"));
  assert.deepEqual(names, kept, "left behind");
  assert.equal(kept.length, isOver ? 1 : 0, `kept: ${kept.join(", ")}`);
  for (const name of kept) {
    const database = new DatabaseSync(join(directory, name));
    try {
      assert.equal(database.prepare("SELECT value FROM _meta WHERE key = 'is'").get()?.["value"], "changed");
    } finally {
      database.close();
    }
  }
}
