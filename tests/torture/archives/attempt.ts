import assert from "node:assert/strict";
import { join } from "node:path";
import { BackupError, type ErrorCode } from "../../../src/errors.ts";
import { restoreHere } from "./engine.ts";

/** A directory in which archives are restored one after the other, where there is no library before. */
export class RestoreGround {
  readonly #directory: string;
  readonly #archive: string;
  readonly #library: string;

  /** @param parent the ground is a directory in it, made here */
  constructor(parent: string, name: string) {
    this.#directory = join(parent, name);
    Deno.mkdirSync(this.#directory);
    this.#archive = join(parent, `${name}.tar.gz`);
    this.#library = join(this.#directory, "library.db");
  }

  /** Throws unless an archive of these bytes is refused for its content, by the checks that a restore begins with. */
  async requireRefused(bytes: Uint8Array): Promise<void> {
    const code = await this.check(bytes);
    assert(code !== null, "the archive was accepted");
    assert.equal(code, "invalid_archive");
  }

  /** Throws unless an archive of these bytes is found good. */
  async requireAccepted(bytes: Uint8Array): Promise<void> {
    assert.equal(await this.check(bytes), null);
  }

  /** Checks an archive as `restore --dry-run` does: the code of its refusal, or null where it is found good. */
  async check(bytes: Uint8Array): Promise<ErrorCode | null> {
    return await this.#attempt(bytes, { dryRun: true, force: false });
  }

  /** The library that an archive of these bytes is restored to, or null where the archive is refused for its content. */
  async restore(bytes: Uint8Array, options: { readonly force: boolean }): Promise<Uint8Array | null> {
    const code = await this.#attempt(bytes, { dryRun: false, ...options });
    if (code === null) return Deno.readFileSync(this.#library);
    assert.equal(code, "invalid_archive");
    return null;
  }

  async #attempt(
    bytes: Uint8Array,
    options: { readonly dryRun: boolean; readonly force: boolean },
  ): Promise<ErrorCode | null> {
    for (const name of this.#names()) Deno.removeSync(join(this.#directory, name));
    Deno.writeFileSync(this.#archive, bytes);
    const code = await codeOf(restoreHere(this.#archive, this.#library, options));
    assert.deepEqual(this.#names(), code === null && !options.dryRun ? ["library.db"] : [], "left behind");
    return code;
  }

  #names(): string[] {
    return Array.from(Deno.readDirSync(this.#directory), ({ name }) => name);
  }
}

/** The code that a run ends with, or null where it succeeds; what is no {@link BackupError} is thrown on. */
async function codeOf(run: Promise<unknown>): Promise<ErrorCode | null> {
  try {
    await run;
    return null;
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
}
