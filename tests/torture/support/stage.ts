import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { namesIn, temporariesIn, TEMPORARY_NAME } from "../../support/large_home.ts";
import { type Outcome, runProgram, type Surroundings } from "../../support/program.ts";
import { StartedProgram } from "../../support/started.ts";
import { digestOfFiles, removeIfPresent } from "./contents.ts";

const SET_ASIDE = "library.db.before-restore-2026-02-06T09-12-44Z";
const OWN = "vpo-library-2026-02-05T14-30-22Z.tar.gz";
const SIDE_FILES = ["-wal", "-shm", "-journal"];

export const VERBS = ["backup", "restore", "undo"] as const;
export type Verb = typeof VERBS[number];

/** A directory in which one trial happens: a library, one set aside by a restore, a directory of backups. */
export class Stage implements Disposable {
  readonly path: string;
  readonly vpo: string;
  readonly library: string;
  readonly aside: string;
  readonly backups: string;
  /** An archive of this program. */
  readonly archive: string;
  /** Digests of the archives that were there before, by name. */
  #earlier = new Map<string, string>();

  constructor(path: string) {
    this.path = path;
    this.vpo = join(path, "vpo");
    this.library = join(this.vpo, "library.db");
    this.aside = join(this.vpo, SET_ASIDE);
    this.backups = join(path, "backups");
    this.archive = join(this.backups, OWN);
    for (const directory of [path, this.vpo, this.backups]) Deno.mkdirSync(directory, { recursive: true });
  }

  /** Arguments with which the program does this here. */
  command(verb: Verb, ...more: string[]): string[] {
    const place = ["--library", this.library, "--backup-dir", this.backups, ...more];
    return verb === "restore"
      ? ["restore", this.archive, "--yes", ...place]
      : verb === "undo"
      ? ["undo", "--yes", ...place]
      : ["backup", "--make-dir", ...place];
  }

  run(args: readonly string[], surroundings: Partial<Surroundings> = {}): Promise<Outcome> {
    return runProgram(args, { home: dirname(this.path), ...surroundings });
  }

  start(args: readonly string[], surroundings: Partial<Surroundings> = {}): StartedProgram {
    return StartedProgram.start(args, { home: dirname(this.path), ...surroundings });
  }

  /** Takes the archives that are there now as those that no trial may change. */
  remember(): void {
    this.#earlier = new Map(namesIn(this.backups).map((name) => [name, this.#digest(name)]));
  }

  /** Paths of the archives that came since; throws when one of the earlier ones is gone or has changed. */
  newArchives(): string[] {
    for (const [name, digest] of this.#earlier) {
      assert.equal(this.#digest(name), digest, `the earlier archive ${name} is as it was`);
    }
    return namesIn(this.backups)
      .filter((name) => !this.#earlier.has(name) && !name.startsWith("."))
      .map((name) => join(this.backups, name));
  }

  /** Paths of the libraries that are kept beside the one in use. */
  setAside(): string[] {
    return namesIn(this.vpo)
      .filter((name) => name.startsWith("library.db.before-restore-") && !SIDE_FILES.some((end) => name.endsWith(end)))
      .map((name) => join(this.vpo, name));
  }

  /** Names of the work directories and unfinished archives that are there. */
  temporaries(): string[] {
    return [...temporariesIn(this.vpo), ...temporariesIn(this.backups)];
  }

  /** Names that should not be there: not the library with its side files, no set-aside library, no archive. */
  strangers(): string[] {
    const setAside = this.setAside().map((path) => basename(path));
    const known = new Set([basename(this.library), ...setAside].flatMap((name) => withSideFiles(name)));
    return [
      ...namesIn(this.vpo).filter((name) => !known.has(name)),
      ...namesIn(this.backups).filter((name) => !/^vpo-library-.*\.tar\.gz$/.test(name)),
    ];
  }

  /** Lets the time pass after which what is there for a moment only is known to be a leftover. */
  ageLeftovers(): void {
    const longAgo = new Date(Date.now() - 3_600_000);
    for (const directory of [this.vpo, this.backups]) {
      for (const path of namesIn(directory).map((name) => join(directory, name))) {
        if (isMomentary(path)) Deno.utimeSync(path, longAgo, longAgo);
      }
    }
  }

  [Symbol.dispose](): void {
    removeIfPresent(this.path);
  }

  #digest(name: string): string {
    return digestOfFiles([join(this.backups, name)]);
  }
}

/** A work directory that has no lock yet, or what is there for a moment: a claim, or a file that a run tries. */
function isMomentary(path: string): boolean {
  if (!Deno.statSync(path).isDirectory) return /\.(claim|trial)$/.test(path);
  return TEMPORARY_NAME.test(basename(path)) && !namesIn(path).includes("lock");
}

function withSideFiles(name: string): string[] {
  return [name, ...SIDE_FILES.map((suffix) => name + suffix)];
}
