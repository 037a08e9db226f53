import assert from "node:assert/strict";
import { join } from "node:path";
import { makeLibrary } from "../../scripts/make_library.ts";
import { execute, isSound, query } from "./database.ts";
import { Home } from "./home.ts";
import { StartedProgram } from "./started.ts";

/** Of what runs make before it has its name: work directories, and files beside the archives. */
export const TEMPORARY_NAME = /^\.vpo-backup-[0-9a-f]{8}-[0-9a-f]{4}(\.|$)/;

/** A sample library that keeps each step of the program busy for a while, and an archive of it; made once for a file. */
export class LargeSample implements Disposable {
  readonly #home: Home;
  readonly library: string;
  readonly archive: string;

  private constructor(home: Home) {
    this.#home = home;
    this.library = home.library;
    this.archive = join(home.path, "sample.tar.gz");
  }

  /** @param files media files in the library: about 2.4 KB of it each */
  static async make(files: number): Promise<LargeSample> {
    const sample = new LargeSample(new Home());
    makeLibrary(sample.library, { files });
    const { code, stderr } = await sample.#home.run(["backup", "--output", sample.archive]);
    assert.equal(code, 0, stderr);
    return sample;
  }

  [Symbol.dispose](): void {
    this.#home[Symbol.dispose]();
  }
}

/** A home with such a library, which has a mark that the archive of it lacks. */
export class LargeHome extends Home {
  readonly archive = join(this.path, "sample.tar.gz");

  constructor(sample: LargeSample) {
    super();
    Deno.copyFileSync(sample.library, this.library);
    Deno.copyFileSync(sample.archive, this.archive);
    execute(this.library, "INSERT INTO _meta VALUES ('is', 'old')");
  }

  /** @param through a program and its arguments that the program is started through */
  startBackup(through: readonly string[] = []): StartedProgram {
    return this.#start(["backup", "--level", "9"], through);
  }

  startRestore(): StartedProgram {
    return this.#start(["restore", this.archive, "--yes"]);
  }

  /** Which of the two whole libraries is in place. */
  libraryInPlace(): "old" | "new" {
    assert(isSound(this.library), "the library is whole");
    const [mark] = query(this.library, "SELECT value FROM _meta WHERE key = 'is'");
    return mark === "old" ? "old" : "new";
  }

  #start(args: readonly string[], through: readonly string[] = []): StartedProgram {
    return StartedProgram.start([...args, "-v"], { home: this.path, through });
  }
}

/** Names in a directory, sorted; none where it is missing. */
export function namesIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Names of the work directories and unfinished archives that runs have, or have left, in a directory. */
export function temporariesIn(directory: string): string[] {
  return namesIn(directory).filter((name) => TEMPORARY_NAME.test(name));
}
