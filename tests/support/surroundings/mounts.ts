/**
 * @module
 * Other file systems in the place of a directory: what shares, pools, cloud mounts, USB disks and containers bring.
 * All need root on Linux; those with a program behind them need that program, too.
 */
import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { type Answers, answersAsText } from "../../torture/support/file_calls.ts";
import { isInstalled } from "../commands.ts";
import { compileC, hasCompiler } from "../compiled_c.ts";
import { TemporaryDirectory } from "../temporary.ts";

const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;

/** Whether file systems can be mounted here; not everywhere, where it is root who runs the tests. */
export const canMount: boolean = isRoot && trial((path) => ["mount", "-t", "tmpfs", "none", path]);
/** Whether programs can be file systems here. */
export const canMountFuse: boolean = canMount && isDevice("/dev/fuse");

/** A file system in the place of a directory or file, until the end of the block. */
export class Mount implements Disposable {
  /** Where it stands. */
  readonly path: string;
  /** The directory whose files a file system of a program shows; null where it has files of its own. */
  readonly behind: string | null;
  readonly #program: string;
  readonly #rest: DisposableStack;

  private constructor(program: string, path: string, behind: string | null, rest: DisposableStack) {
    this.#program = program;
    this.path = path;
    this.behind = behind;
    this.#rest = rest;
  }

  /** Mounts what this command mounts; `rest` is disposed of after it is unmounted, and where it cannot be mounted. */
  static by(
    path: string,
    command: readonly string[],
    { env = {}, behind = null, rest = new DisposableStack() }: MountOptions = {},
  ): Mount {
    try {
      run(command, env);
    } catch (error) {
      rest.dispose();
      throw error;
    }
    return new Mount(basename(command[0] ?? ""), path, behind, rest);
  }

  /** The process of the program that is this file system. */
  pid(): number {
    const pid = processOf(this.#program, this.path);
    assert(pid !== null, `a program is the file system at ${this.path}`);
    return pid;
  }

  /** Lets nothing be written from here on. */
  makeReadOnly(): void {
    run(["mount", "-o", "remount,bind,ro", this.path]);
  }

  [Symbol.dispose](): void {
    // A process that was killed may still be on its way out.
    run(["umount", "-l", this.path]);
    // It writes what it still has after that.
    while (this.behind !== null && processOf(this.#program, this.path) !== null) pause();
    this.#rest.dispose();
  }
}

interface MountOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly behind?: string | null;
  readonly rest?: DisposableStack;
}

/** What a file system in memory has room for: bytes, and files and directories. */
export interface Room {
  readonly bytes?: number;
  readonly files?: number;
}

/** A file system in memory. */
export function mountMemory(path: string, { bytes = 0, files = 0 }: Room): Mount {
  Deno.mkdirSync(path, { recursive: true });
  // 0 stands for no limit.
  return Mount.by(path, ["mount", "-t", "tmpfs", "-o", `size=${bytes},nr_inodes=${files},mode=0755`, "none", path]);
}

/** Makes a directory that is there, and all in it, read-only. */
export function mountReadOnly(path: string): Mount {
  const mount = mountOver(path, path);
  mount.makeReadOnly();
  return mount;
}

/** Shows a file or directory at another path too, as `-v ./library.db:/data/library.db` does in a container. */
export function mountOver(source: string, path: string): Mount {
  if (source !== path) makeMountPoint(path, Deno.statSync(source).isDirectory);
  return Mount.by(path, ["mount", "--bind", source, path]);
}

/** A kind of file system that a backup directory may be on. */
export interface FileSystem {
  /** Whether it can be mounted here. */
  readonly can: boolean;
  /** Puts an empty one in the place of a directory, which is made where it is missing. */
  mount(path: string): Mount;
}

/**
 * A file system on which some calls always fail, for every program.
 *
 * @param number the inode number that all files have; null for each its own
 */
export function answering(answers: Answers, number: number | null = null): FileSystem {
  return {
    can: canMountFuse && hasCompiler && isInstalled("pkg-config", "fuse3"),
    mount: (path) =>
      throughProgram(path, (behind, scratch) => {
        const program = join(scratch, "odd_files");
        compileC(new URL("odd_files.c", import.meta.url), program, fuseOptions());
        const numbers = number === null ? {} : { ODD_NUMBER: `${number}` };
        return { command: [program, path], env: { ODD_ROOT: behind, ODD_ANSWERS: answersAsText(answers), ...numbers } };
      }),
  };
}

/** File systems on which programs fail that were tried on a local disk only, by what people call them. */
export const FILE_SYSTEMS = {
  "no fsync of directories": answering({ syncdir: "EINVAL" }),
  "no locks": answering({ lock: "ENOLCK" }),
  "no hard links": answering({ link: "EPERM" }),
  // A pool of disks: no shared memory.
  "mergerfs cache.files=off": {
    can: canMountFuse && isInstalled("mergerfs", "--version"),
    mount: (path) =>
      throughProgram(path, (behind) => ({ command: ["mergerfs", "-o", "cache.files=off", behind, path] })),
  },
  "bindfs --chmod-deny": {
    can: canMountFuse && isInstalled("bindfs", "--version"),
    mount: (path) => throughProgram(path, (behind) => ({ command: ["bindfs", "--chmod-deny", behind, path] })),
  },
  "rclone mount": {
    can: canMountFuse && isInstalled("which", "rclone"),
    mount: (path) =>
      throughProgram(path, (behind, scratch) => ({
        command: ["rclone", "mount", "--daemon", "--vfs-cache-mode", "writes", "--cache-dir", scratch, behind, path],
        env: { RCLONE_CONFIG: "/dev/null" },
      })),
  },
  // A USB disk or memory card: no links; one mode and one owner for all, as it is mounted.
  "exfat": {
    can: canMountFuse && isInstalled("which", "mkfs.exfat", "mount.exfat-fuse") && isInstalled("losetup", "--find"),
    mount: (path) =>
      throughProgram(path, (_, scratch, rest) => {
        const image = join(scratch, "image");
        Deno.createSync(image).close();
        Deno.truncateSync(image, EXFAT_BYTES);
        run(["mkfs.exfat", image]);
        const device = run(["losetup", "--find", "--show", image]).trim();
        rest.defer(() => void run(["losetup", "--detach", device]));
        return { command: ["mount.exfat-fuse", "-o", "umask=022", device, path] };
      }),
  },
} as const satisfies Record<string, FileSystem>;

/** One that does all it does through one process: stopping that makes the disk stand still. */
export const SLOW_DISK: FileSystem = {
  can: FILE_SYSTEMS["bindfs --chmod-deny"].can,
  mount: (path) => throughProgram(path, (behind) => ({ command: ["bindfs", behind, path] })),
};

const EXFAT_BYTES = 256 * 1024 * 1024;
const PAUSE_MILLISECONDS = 10;
/** The kernel keeps no more of a program's name. */
const COMMAND_NAME_LENGTH = 15;

function throughProgram(
  path: string,
  start: (
    behind: string,
    scratch: string,
    rest: DisposableStack,
  ) => { command: readonly string[]; env?: Record<string, string> },
): Mount {
  makeMountPoint(path, true);
  const rest = new DisposableStack();
  const behind = rest.use(new TemporaryDirectory()).path;
  const scratch = rest.use(new TemporaryDirectory()).path;
  const { command, env = {} } = start(behind, scratch, rest);
  return Mount.by(path, command, { env, behind, rest });
}

function makeMountPoint(path: string, isDirectory: boolean): void {
  Deno.mkdirSync(isDirectory ? path : dirname(path), { recursive: true });
  if (!isDirectory) Deno.openSync(path, { write: true, create: true }).close();
}

function fuseOptions(): string[] {
  return run(["pkg-config", "fuse3", "--cflags", "--libs"]).trim().split(/\s+/);
}

/**
 * The process of a program that was started for this mount point. Nothing is asked of other programs: the arguments of
 * one that waits for a page of a disk that stands still cannot be read until that goes on.
 */
function processOf(program: string, path: string): number | null {
  const name = program.slice(0, COMMAND_NAME_LENGTH);
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (Deno.readTextFileSync(`/proc/${pid}/comm`).trimEnd() !== name) continue;
      if (Deno.readTextFileSync(`/proc/${pid}/cmdline`).split("\0").includes(path)) return Number(pid);
    } catch (error) {
      // It has ended since its name was read.
      if (!(error instanceof Deno.errors.NotFound) && !`${error}`.includes("os error 3")) throw error;
    }
  }
  return null;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MILLISECONDS);
}

function run([program = "", ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args, env: { ...env }, stdin: "null" }).outputSync();
  assert(success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

function trial(command: (path: string) => string[]): boolean {
  const path = Deno.makeTempDirSync();
  try {
    const [program = "", ...args] = command(path);
    return isInstalled(program, ...args) && isInstalled("umount", path);
  } finally {
    Deno.removeSync(path);
  }
}

function isDevice(path: string): boolean {
  try {
    return Deno.statSync(path).isCharDevice === true;
  } catch {
    return false;
  }
}
