import assert from "node:assert/strict";
import { join } from "node:path";
import { type ErrorCode, ERRORS } from "../../../src/errors.ts";
import { freeBytes } from "../../../src/store/space.ts";
import { writeAll } from "../../../src/store/file_bytes.ts";
import { sha256 } from "../../support/bytes.ts";
import { contentHash } from "../../support/database.ts";
import { directoryState } from "../../support/directory_state.ts";
import { Home } from "../../support/home.ts";
import type { Trial } from "../group.ts";
import { Gauge, type Measured, requireNoControls } from "./gauge.ts";
import type { HostileArchive, Sound } from "./hostile.ts";

/** What the program is asked to do with an archive: to check it, to restore it, to list it among others. */
export const MODES = ["check", "restore", "list"] as const;
export type Mode = (typeof MODES)[number];

const ARCHIVE = "vpo-library-2026-02-05T14-30-22Z.tar.gz";

/** The library, by its path in the home directory. */
const LIBRARY = ".vpo/library.db";

type State = Readonly<Record<string, string>>;

/** Gives hostile archives to the program, as a process, in a home directory that is watched. */
export class ProgramGround implements AsyncDisposable {
  readonly #gauge = new Gauge();
  readonly #sound: Sound;

  constructor(sound: Sound) {
    this.#sound = sound;
  }

  trial(hostile: HostileArchive, mode: Mode): Trial {
    return { name: `${hostile.name}, through the program: ${mode}`, run: () => this.#run(hostile, mode) };
  }

  async #run(hostile: HostileArchive, mode: Mode): Promise<void> {
    using home = Home.withLibrary();
    Deno.mkdirSync(home.backups);
    const archive = join(home.backups, ARCHIVE);
    writePieces(archive, hostile.bytes(join(home.path, "escaped")));
    const before = directoryState(home.path);
    const content = contentHash(home.library);
    const measured = await this.#gauge.run(argumentsFor(mode, archive), home.path);
    requireNoControls(measured);
    const after = directoryState(home.path);
    if (mode === "list") requireListed(measured, hostile);
    const isRestored = mode !== "list" && requireOutcome(measured, hostile, freeBytes(home.path));
    if (mode === "restore" && isRestored) {
      const kept = requireReplaced(before, after, this.#sound);
      assert.equal(contentHash(join(home.path, kept)), content, "another library was kept");
    } else assert.deepEqual(after, before, "something was changed or left");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#gauge[Symbol.asyncDispose]();
  }
}

function argumentsFor(mode: Mode, archive: string): string[] {
  switch (mode) {
    case "check":
      return ["restore", archive, "--dry-run", "--json"];
    case "restore":
      return ["restore", archive, "--yes"];
    case "list":
      return ["backups", "--json"];
  }
}

function writePieces(path: string, pieces: Iterable<Uint8Array>): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  for (const piece of pieces) writeAll(file, piece);
}

/** Whether it was restored, which it may have been, or would have been. */
function requireOutcome(
  { code, stdout, stderr }: Measured,
  { outcome, announced }: HostileArchive,
  free: number,
): boolean {
  const mayLackSpace = announced !== undefined && announced > free;
  const right: ErrorCode[] = mayLackSpace ? ["invalid_archive", "insufficient_space"] : ["invalid_archive"];
  const said = `it ended with ${code} and said: ${stdout}${stderr}`;
  if (code === 0) assert(outcome !== "refused", said);
  else {
    assert(outcome !== "restored", said);
    const name = right.find((name) => ERRORS[name].exit === code);
    assert(name !== undefined, said);
    if (stdout !== "") assert.equal((JSON.parse(stdout) as { code: unknown }).code, name);
  }
  return code === 0;
}

function requireListed({ code, stdout, stderr }: Measured, { outcome }: HostileArchive): void {
  assert.equal(code, 0, stderr);
  const { backups } = JSON.parse(stdout) as { backups: { filename: string; error: string | null }[] };
  assert.deepEqual(backups.map(({ filename }) => filename), [ARCHIVE]);
  if (outcome === "restored") assert.equal(backups[0]?.error, null);
}

/**
 * The library is the archive's, the old one is kept beside it, and that is all.
 *
 * @returns what is kept, by its path in the home directory
 */
function requireReplaced(before: State, after: State, sound: Sound): string {
  const [kept = "", ...others] = Object.keys(after).filter((path) => !(path in before));
  assert.deepEqual(others, [], "left behind");
  assert(kept.startsWith(`${LIBRARY}.before-restore-`), `no library was kept: ${kept}`);
  assert.equal(modeOf(after[kept]), modeOf(before[LIBRARY]), "its mode was changed");
  assert.equal(after[LIBRARY]?.split(" ")[1], sha256(sound.database), "another library");
  assert.deepEqual(without(after, kept, LIBRARY), without(before, LIBRARY), "something was changed");
  return kept;
}

function modeOf(state: string | undefined): string | undefined {
  return state?.split(" ")[0];
}

function without(state: State, ...paths: readonly string[]): State {
  return Object.fromEntries(Object.entries(state).filter(([path]) => !paths.includes(path)));
}
