import { basename, dirname, join, relative } from "node:path";
import { copyDependencies, type Lock, withoutUnused } from "./dependencies.ts";
import { filesBelow } from "./files.ts";

/** What is written into the executable of its own build: the content of `src/build.json`. */
export interface BuildFacts {
  /** The source's commit, or null where it is not known. */
  readonly commit: string | null;
  /** The directories that the executable may use and uses by default; null where it may use every one. */
  readonly directories: { readonly library: string; readonly backups: string } | null;
}

/**
 * A copy of the source that an executable is compiled from, and that is removed at the end of the `using` block.
 *
 * Deno writes the time of every file into the executable, and for what is no module its path, too. Here all times are
 * one, and there is nothing but code: so the same source gives the same bytes, wherever and whenever it is compiled.
 */
export class Stage implements Disposable {
  /** Directory with `src`, `deno.json` and `deno.lock`. */
  readonly source: string;
  /** Deno's directory for this build: it holds the packages that the program uses. */
  readonly denoDirectory: string;
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    this.source = join(path, "source");
    this.denoDirectory = join(path, "deno");
  }

  /**
   * Copies what is needed of the project at `root`.
   *
   * @param denoDirectory where Deno keeps what it has downloaded
   * @param time of every file
   */
  static create(root: string, denoDirectory: string, facts: BuildFacts, time: Date): Stage {
    const stage = new Stage(Deno.realPathSync(Deno.makeTempDirSync({ prefix: "vpo-build-" })));
    try {
      stage.#fill(root, denoDirectory, facts);
      stage.setTimes(time);
      return stage;
    } catch (error) {
      stage[Symbol.dispose]();
      throw error;
    }
  }

  /** Gives all its files one time. */
  setTimes(time: Date): void {
    for (const file of filesBelow(this.#path)) Deno.utimeSync(file, time, time);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#path, { recursive: true });
  }

  #fill(root: string, denoDirectory: string, facts: BuildFacts): void {
    const sources = filesBelow(join(root, "src"));
    for (const file of sources) this.#copy(file, join(this.source, relative(root, file)));
    writeJson(join(this.source, "src", "build.json"), {
      commit: facts.commit,
      library_dir: facts.directories?.library ?? null,
      backup_dir: facts.directories?.backups ?? null,
    });
    const text = sources.filter((file) => file.endsWith(".ts")).map((file) => Deno.readTextFileSync(file)).join("\n");
    const config = readJson(join(root, "deno.json")) as { readonly imports: Readonly<Record<string, string>> };
    const lock = readJson(join(root, "deno.lock")) as Lock;
    const used = withoutUnused(config.imports, lock, text);
    writeJson(join(this.source, "deno.json"), { ...config, imports: used.imports });
    writeJson(join(this.source, "deno.lock"), used.lock);
    copyDependencies(denoDirectory, this.denoDirectory, used.lock);
    linkDownloads(denoDirectory, this.denoDirectory);
  }

  #copy(from: string, to: string): void {
    Deno.mkdirSync(dirname(to), { recursive: true });
    Deno.copyFileSync(from, to);
  }
}

/** Lets Deno find the runtimes that it has downloaded to compile with, and keep new ones. */
function linkDownloads(from: string, to: string): void {
  const downloads = join(from, "dl");
  Deno.mkdirSync(downloads, { recursive: true });
  Deno.symlinkSync(downloads, join(to, basename(downloads)), { type: "junction" });
}

function readJson(path: string): unknown {
  return JSON.parse(Deno.readTextFileSync(path));
}

function writeJson(path: string, value: unknown): void {
  Deno.writeTextFileSync(path, JSON.stringify(value, null, 2) + "\n");
}
