import { basename, dirname, join, relative } from "node:path";
import { bundle, workersOf } from "./bundle.ts";
import { copyDependencies, type Lock, withoutUnused } from "./dependencies.ts";
import { filesBelow } from "./files.ts";

/** What is written into the executable of its own build: the content of `src/build.json`. */
export interface BuildFacts {
  /** The source's commit, or null where it is not known. */
  readonly commit: string | null;
  /** The directories that the executable may use and uses by default; null where it may use every one. */
  readonly directories: { readonly library: string; readonly backups: string } | null;
}

/** As much of `deno.json` as matters here. */
interface Config {
  readonly imports: Readonly<Record<string, string>>;
  readonly unstable: readonly string[];
}

/**
 * What an executable is compiled from: the program in one module for its entry and one for each worker. It is removed
 * at the end of the `using` block.
 *
 * Deno writes the time of every file into the executable, and for what is no module its path, too. Here all times are
 * one, and there is nothing but code: so the same source gives the same bytes, wherever and whenever it is compiled.
 */
export class Stage implements Disposable {
  /** Directory with `deno.json` and, below `src`, the modules. */
  readonly bundled: string;
  /** Directory with the `src`, `deno.json` and `deno.lock` that they are bundled from. */
  readonly source: string;
  /** Deno's directory for this build: it holds the packages that the program uses. */
  readonly denoDirectory: string;
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
    this.bundled = join(path, "bundled");
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

  /** The modules that are workers, by their paths. */
  get workers(): string[] {
    return workersOf(this.source).map((worker) => worker.replace(/\.ts$/, ".js"));
  }

  /** Gives all its files one time. */
  setTimes(time: Date): void {
    for (const file of filesBelow(this.bundled)) Deno.utimeSync(file, time, time);
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
    const config = readJson(join(root, "deno.json")) as Config;
    const lock = readJson(join(root, "deno.lock")) as Lock;
    const used = withoutUnused(config.imports, lock, text);
    writeJson(join(this.source, "deno.json"), { ...config, imports: used.imports });
    writeJson(join(this.source, "deno.lock"), used.lock);
    copyDependencies(denoDirectory, this.denoDirectory, used.lock);
    linkDownloads(denoDirectory, this.denoDirectory);
    bundle(this.source, this.denoDirectory, join(this.bundled, "src"));
    writeJson(join(this.bundled, "deno.json"), { unstable: config.unstable });
  }

  #copy(from: string, to: string): void {
    Deno.mkdirSync(dirname(to), { recursive: true });
    Deno.copyFileSync(from, to);
  }
}

/** Lets Deno find what it has downloaded to bundle and to compile with, and keep what it downloads now. */
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
