import assert from "node:assert/strict";
import { join } from "node:path";
import { ERRORS } from "../../../src/errors.ts";
import { SIDE_FILES } from "../../../src/library/lock.ts";
import { removeIfPresent } from "../../../src/store/publish.ts";
import { sha256 } from "../../support/bytes.ts";
import { directoryState } from "../../support/directory_state.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../../support/home.ts";
import type { Trial } from "../group.ts";
import { archiveInBlocks, rightMetadata } from "./blocks.ts";
import { Gauge, type Measured, requireNoControls } from "./gauge.ts";
import type { Ending, HostileDatabase } from "./hostile_database.ts";

/**
 * What the program is asked to do: to check or restore an archive that holds the database, by force or not; to back it
 * up, or say how, when it is the library; to put a good backup in its place.
 */
export const DATABASE_MODES = ["check", "restore", "force", "backup", "plan", "replace"] as const;
export type DatabaseMode = (typeof DATABASE_MODES)[number];

/** Nobody holds the library: what waits for it longer does something else. */
const WAIT = ["--wait", "1"] as const;

/** An archive that is right in everything but the database in it. */
export async function archiveOf(hostile: HostileDatabase, scratch: string): Promise<Uint8Array> {
  const database = databaseOf(hostile, scratch);
  return await archiveInBlocks(rightMetadata(database, hostile.facts), database);
}

/** Bytes of the database; `scratch` is a path for the making of it. */
function databaseOf(hostile: HostileDatabase, scratch: string): Uint8Array {
  hostile.make(scratch);
  const bytes = Deno.readFileSync(scratch);
  for (const suffix of ["", ...SIDE_FILES]) removeIfPresent(scratch + suffix);
  return bytes;
}

/** Gives hostile databases to the program, as a process, in a home directory that is watched. */
export class DatabaseGround implements AsyncDisposable {
  readonly #gauge = new Gauge();

  /**
   * All that can be tried with the database.
   *
   * @param lookSeconds what looking at it may take, beside what everything may take
   */
  trials(hostile: HostileDatabase, lookSeconds = 0): Trial[] {
    return DATABASE_MODES.filter((mode) => mode !== "force" || hostile.forced !== undefined).map((mode) => ({
      name: `${hostile.name}, through the program: ${mode}`,
      run: () => this.#run(hostile, mode, lookSeconds),
    }));
  }

  async #run(hostile: HostileDatabase, mode: DatabaseMode, lookSeconds: number): Promise<void> {
    using home = new Home();
    const { args, endings } = await prepare(home, hostile, mode);
    const before = directoryState(home.path);
    const measured = await this.#gauge.run(args, home.path, lookSeconds);
    requireNoControls(measured);
    const ending = requireEnding(measured, endings);
    const after = directoryState(home.path);
    const isChanged = ending === "success" && ["restore", "backup", "replace"].includes(mode);
    if (!isChanged) assert.deepEqual(after, before, "something was changed or left");
    if (isChanged && mode === "replace") {
      const expected = archiveFacts(VPO_ARCHIVES.present).library_db_sha256;
      assert.equal(sha256(Deno.readFileSync(home.library)), expected, "another library");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gauge[Symbol.asyncDispose]();
  }
}

/** Puts the database where the mode wants it, and says what the program is to do and how that may end. */
async function prepare(home: Home, hostile: HostileDatabase, mode: DatabaseMode) {
  const archive = join(home.path, "hostile.tar.gz");
  const { archive: archiveEndings, library: libraryEndings, forced = [], replaced = ["success"] } = hostile;
  if (mode === "check" || mode === "restore" || mode === "force") {
    home.putLibrary();
    Deno.writeFileSync(archive, await archiveOf(hostile, join(home.path, "scratch")));
  } else hostile.make(home.library);
  switch (mode) {
    case "check":
      return { args: ["restore", archive, "--dry-run", "--json"], endings: archiveEndings };
    case "restore":
      return { args: ["restore", archive, "--yes", "-v", "-v"], endings: archiveEndings };
    case "force":
      return { args: ["restore", archive, "--force", "--dry-run"], endings: forced };
    case "backup":
      return { args: ["backup", ...WAIT, "-v", "-v"], endings: libraryEndings };
    case "plan":
      // It looks at less than a backup does.
      return { args: ["backup", ...WAIT, "--dry-run", "--json"], endings: [...libraryEndings, "success" as const] };
    case "replace":
      return { args: ["restore", home.putArchive(VPO_ARCHIVES.present), ...WAIT, "--yes"], endings: replaced };
  }
}

function requireEnding({ code, stdout, stderr }: Measured, endings: readonly Ending[]): Ending {
  const ending = endings.find((ending) => (ending === "success" ? 0 : ERRORS[ending].exit) === code);
  assert(ending !== undefined, `it ended with ${code}, not as ${endings.join(" or ")}, and said: ${stdout}${stderr}`);
  return ending;
}
