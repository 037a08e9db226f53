import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "../../support/commands.ts";

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
  | "rename"
  | "link"
  | "unlink"
  | "mkdir";

/** What can happen at a call, as the interceptor is told it: errors, and signals that come before it. */
const MISHAPS = { EIO: 5, ENOSPC: 28, SIGHUP: -1, SIGINT: -2, SIGKILL: -9, SIGTERM: -15, SIGSTOP: -19 } as const;
export type Mishap = keyof typeof MISHAPS;

export interface Intervention {
  /** Only calls on paths below this directory count. */
  readonly below: string;
  /** Place of the call at which it happens: among all of them, or among those like {@link call}. */
  readonly at?: number;
  readonly call?: Omit<FileCall, "place">;
  readonly mishap?: Mishap;
  /** It goes on from there: the disk stays full, the device stays broken. */
  readonly onward?: boolean;
  /** Calls that read count, too. */
  readonly reads?: boolean;
  /** The file system claims to have room for everything. */
  readonly room?: boolean;
  /** The file system has no hard links. */
  readonly noLinks?: boolean;
}

const FLAGS = {
  onward: "TORTURE_ONWARD",
  reads: "TORTURE_READS",
  room: "TORTURE_ROOM",
  noLinks: "TORTURE_NO_LINKS",
} as const satisfies Partial<Record<keyof Intervention, string>>;

/** Why calls cannot be intercepted here; null where they can. */
export function cannotIntercept(): string | null {
  if (Deno.build.os !== "linux") return "calls are intercepted on Linux only";
  return isInstalled("gcc", "--version") ? null : "gcc is not installed";
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
    const source = fileURLToPath(new URL("file_calls.c", import.meta.url));
    const args = ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"];
    const { success, stderr } = new Deno.Command("gcc", { args, stdout: "null" }).outputSync();
    assert(success, new TextDecoder().decode(stderr));
    return new Interceptor(directory, library);
  }

  prepare(intervention: Intervention): Interception {
    const { below, at, call, mishap } = intervention;
    const log = join(this.#directory, `calls-${this.#logs++}`);
    const flags = Object.entries(FLAGS).filter(([name]) => intervention[name as keyof typeof FLAGS] === true);
    return {
      env: {
        LD_PRELOAD: this.#library,
        TORTURE_BELOW: below,
        TORTURE_LOG: log,
        ...(at === undefined ? {} : { TORTURE_AT: String(at) }),
        ...(call === undefined ? {} : { TORTURE_CALL: `${call.kind} ${call.path}` }),
        ...(mishap === undefined ? {} : { TORTURE_DO: String(MISHAPS[mishap]) }),
        ...Object.fromEntries(flags.map(([, variable]) => [variable, "1"])),
      },
      calls: () => readLog(log),
      struck: () => lineIn(log, " ! "),
    };
  }
}

/** One run of the program between whose calls something can come. */
export interface Interception {
  /** Environment that the program is started with. */
  readonly env: Readonly<Record<string, string>>;
  /** What it called; to be asked once, after its end. */
  calls(): CallLog;
  /** Resolves when something happens at a call. */
  struck(): Promise<void>;
}

export interface CallLog {
  readonly calls: readonly FileCall[];
  /** The calls at which something happened, and when that was, in milliseconds since 1970. */
  readonly struck: readonly (FileCall & { readonly time: number })[];
}

async function lineIn(log: string, text: string): Promise<void> {
  using watcher = Deno.watchFs(dirname(log));
  const isThere = () => Deno.readTextFileSync(log).includes(text);
  Deno.openSync(log, { create: true, append: true }).close();
  if (isThere()) return;
  for await (const { paths } of watcher) {
    if (paths.includes(log) && isThere()) return;
  }
}

function readLog(log: string): CallLog {
  const calls = new Map<number, FileCall>();
  const struck: (FileCall & { time: number })[] = [];
  for (const line of Deno.readTextFileSync(log).split("\n")) {
    const [, place, kind, path] = /^(\d+) (\S+) (.*)$/.exec(line) ?? [];
    if (place === undefined || kind === undefined || path === undefined) continue;
    if (kind === "!") {
      const call = calls.get(Number(place));
      assert(call !== undefined);
      struck.push({ ...call, time: Number(path) });
    } else {
      calls.set(Number(place), { place: Number(place), kind: kind as CallKind, path });
    }
  }
  Deno.removeSync(log);
  return { calls: [...calls.values()], struck };
}
