import assert from "node:assert/strict";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { compileC, hasCompiler } from "../../support/compiled_c.ts";

/** A call of the program that changes a file, or opens one. */
export interface FileCall {
  /** Its place among all those of the run, from 1 on. */
  readonly place: number;
  readonly kind: CallKind;
  readonly path: string;
}

export type CallKind =
  | "open"
  | "create"
  | "read"
  | "write"
  | "truncate"
  | "fsync"
  | "chmod"
  | "chown"
  | "lock"
  | "rename"
  | "link"
  | "unlink"
  | "mkdir";

/** An error that a system call can answer with, by its name in errno.h. */
export type Errno = keyof typeof constants.errno;
/** What can happen at a call: an error, or a signal that comes before it. */
export type Mishap = Errno | "SIGHUP" | "SIGINT" | "SIGKILL" | "SIGTERM" | "SIGSTOP";

/** What a file system refuses, always: "syncdir" is `fsync` of a directory, "map" is memory shared by a file. */
export type Answers = Readonly<Partial<Record<CallKind | "syncdir" | "map", Errno>>>;

/** As FAT and many shares are. */
const WITHOUT_LINKS: Answers = { link: "EPERM" };

export interface Intervention {
  /** Only calls on paths below this directory count. */
  readonly below: string;
  /** Place of the call at which it happens: among all of them, or among those like {@link call}, whose path may have `*`. */
  readonly at?: number;
  readonly call?: Omit<FileCall, "place">;
  readonly mishap?: Mishap;
  /** It goes on from there: the disk stays full, the device stays broken. */
  readonly onward?: boolean;
  /** Calls that read count, too. */
  readonly reads?: boolean;
  /** Calls that lock count, too. */
  readonly locks?: boolean;
  /** The file system claims to have room for everything. */
  readonly room?: boolean;
  /** No file can be told from another by its inode, as often on Windows. */
  readonly noInodes?: boolean;
  /** The file system has no hard links. */
  readonly noLinks?: boolean;
  /** What the file system answers on this directory and all below it; without `odd`, on what is below {@link below}. */
  readonly answers?: Answers;
  readonly odd?: string;
}

const FLAGS = {
  onward: "TORTURE_ONWARD",
  reads: "TORTURE_READS",
  locks: "TORTURE_LOCKS",
  room: "TORTURE_ROOM",
  noInodes: "TORTURE_NO_INODES",
} as const satisfies Partial<Record<keyof Intervention, string>>;

/** Why calls cannot be intercepted here; null where they can. */
export function cannotIntercept(): string | null {
  if (Deno.build.os !== "linux") return "calls are intercepted on Linux only";
  return hasCompiler ? null : "gcc is not installed";
}

/** The library that comes between the program and the C library; see `file_calls.c`. */
export class Interceptor {
  readonly #directory: string;
  readonly #library: string;
  #logs = 0;

  private constructor(directory: string, library: string) {
    this.#directory = directory;
    this.#library = library;
  }

  static compile(directory: string): Interceptor {
    const library = join(directory, "file_calls.so");
    compileC(new URL("file_calls.c", import.meta.url), library, ["-shared", "-fPIC", "-ldl"]);
    return new Interceptor(directory, library);
  }

  prepare(intervention: Intervention): Interception {
    const { below, at, call, mishap, odd = below } = intervention;
    const answers = { ...(intervention.noLinks === true ? WITHOUT_LINKS : {}), ...intervention.answers };
    const log = join(this.#directory, `calls-${this.#logs++}`);
    const flags = Object.entries(FLAGS).filter(([name]) => intervention[name as keyof typeof FLAGS] === true);
    return {
      env: {
        LD_PRELOAD: this.#library,
        TORTURE_BELOW: below,
        TORTURE_LOG: log,
        ...(at === undefined ? {} : { TORTURE_AT: String(at) }),
        ...(call === undefined ? {} : { TORTURE_CALL: `${call.kind} ${call.path}` }),
        ...(mishap === undefined ? {} : { TORTURE_DO: String(numberOf(mishap)) }),
        TORTURE_ODD: odd,
        TORTURE_ANSWERS: answersAsText(answers),
        ...Object.fromEntries(flags.map(([, variable]) => [variable, "1"])),
      },
      calls: () => readLog(log),
      struck: (ended) => lineIn(log, " ! ", ended),
    };
  }
}

/** One run of the program between whose calls something can come. */
export interface Interception {
  /** Environment that the program is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** What it called; to be asked once, after its end. */
  calls(): CallLog;
  /** Resolves when something happens at a call, or when `ended` does. */
  struck(ended?: Promise<unknown>): Promise<void>;
}

export interface CallLog {
  readonly calls: readonly FileCall[];
  /** The calls at which something happened, and when that was, in milliseconds since 1970. */
  readonly struck: readonly (FileCall & { readonly time: number })[];
  /** What the odd file system answered with an error: kind and path. */
  readonly answered: readonly string[];
}

/** As the C library is told it: signals are negative. */
function numberOf(mishap: Mishap): number {
  const { errno, signals } = constants;
  return mishap in errno ? errno[mishap as Errno] : -signals[mishap as keyof typeof signals];
}

/** Such as "link=18,syncdir=22": numbers of errno.h by what is refused. */
export function answersAsText(answers: Answers): string {
  return Object.entries(answers).map(([kind, errno]) => `${kind}=${constants.errno[errno]}`).join(",");
}

async function lineIn(log: string, text: string, ended?: Promise<unknown>): Promise<void> {
  const watcher = Deno.watchFs(dirname(log), { recursive: false });
  const isThere = () => Deno.readTextFileSync(log).includes(text);
  Deno.openSync(log, { create: true, append: true }).close();
  let isOver = false;
  const close = () => {
    if (!isOver) watcher.close();
    isOver = true;
  };
  ended?.then(close, close);
  try {
    if (isThere()) return;
    for await (const { paths } of watcher) {
      if (paths.includes(log) && isThere()) return;
    }
  } finally {
    close();
  }
}

function readLog(log: string): CallLog {
  const calls = new Map<number, FileCall>();
  const struck: (FileCall & { time: number })[] = [];
  const answered: string[] = [];
  for (const line of Deno.readTextFileSync(log).split("\n")) {
    const [, place, kind, path] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
    if (place === undefined || kind === undefined || path === undefined) continue;
    if (kind === "=") {
      answered.push(path);
    } else if (kind === "!") {
      const call = calls.get(Number(place));
      assert(call !== undefined);
      struck.push({ ...call, time: Number(path) });
    } else {
      calls.set(Number(place), { place: Number(place), kind: kind as CallKind, path });
    }
  }
  Deno.removeSync(log);
  return { calls: [...calls.values()], struck, answered };
}
