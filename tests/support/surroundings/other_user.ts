import { basename, dirname, join } from "node:path";
import { isInstalled, run } from "../commands.ts";
import { BINARY, cacheDirectory, MAIN, type Outcome, runProgram, type Surroundings } from "../program.ts";
import { TemporaryDirectory } from "../temporary.ts";

/** Everybody may pass through a directory with this mode. */
const PASSABLE = 0o755;
const PROGRAM = BINARY ?? MAIN;

/** Whether the program can be run as somebody else here: root runs the tests, where others may see the program. */
export const canBeOtherUser: boolean = Deno.build.os === "linux" && Deno.uid() === 0 && isPassable(dirname(PROGRAM)) &&
  isInstalled("setpriv", ...become(1000), "true");

/** Another user of this machine, with a home and a group of their own and no other rights; gone at the end of the block. */
export class OtherUser implements Disposable {
  readonly uid: number;
  readonly home: string;
  readonly #ground = new TemporaryDirectory();

  constructor(uid: number) {
    this.uid = uid;
    Deno.chmodSync(this.#ground.path, PASSABLE);
    this.home = this.#ground.file("home");
    Deno.mkdirSync(this.home);
    this.give(this.home);
    if (BINARY === undefined) this.#bringDeno();
  }

  /** What the program finds around it when they run it. */
  surroundings(): Surroundings {
    const through = ["setpriv", ...become(this.uid)];
    if (BINARY !== undefined) return { home: this.home, through };
    return { home: this.home, through, deno: this.#deno(), env: { DENO_DIR: this.#cache() } };
  }

  /** Runs the program as they do. */
  run(args: readonly string[], { env = {}, ...more }: Partial<Surroundings> = {}): Promise<Outcome> {
    const mine = this.surroundings();
    return runProgram(args, { ...mine, ...more, env: { ...mine.env, ...env } });
  }

  /** Runs another program as they do. */
  do(...command: readonly string[]): Promise<Outcome> {
    return run("setpriv", [...become(this.uid), ...command]);
  }

  /** Makes a file, or a directory with all in it, theirs. */
  give(path: string): void {
    Deno.chownSync(path, this.uid, this.uid);
    if (!Deno.lstatSync(path).isDirectory) return;
    for (const { name } of Deno.readDirSync(path)) this.give(join(path, name));
  }

  [Symbol.dispose](): void {
    this.#ground[Symbol.dispose]();
  }

  /** Ours are in root's home. */
  #bringDeno(): void {
    try {
      Deno.linkSync(Deno.execPath(), this.#deno());
    } catch {
      Deno.copyFileSync(Deno.execPath(), this.#deno());
    }
    Deno.mkdirSync(this.#cache());
    copyDirectory(join(cacheDirectory(), "npm"), join(this.#cache(), "npm"));
    this.give(this.#cache());
  }

  #deno(): string {
    return this.#ground.file(basename(Deno.execPath()));
  }

  #cache(): string {
    return this.#ground.file("cache");
  }
}

function become(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
}

function isPassable(path: string): boolean {
  const isOpen = ((Deno.statSync(path).mode ?? 0) & 0o005) === 0o005;
  return isOpen && (dirname(path) === path || isPassable(dirname(path)));
}

function copyDirectory(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyDirectory(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}
