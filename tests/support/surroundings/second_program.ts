import { hasPython } from "../commands.ts";
import { Peer } from "../peer.ts";
import { hasStopped } from "../process_state.ts";
import type { Ended, StartedProgram } from "../started.ts";
import {
  type CallLog,
  cannotIntercept,
  type Interceptor,
  type Intervention,
} from "../../torture/support/file_calls.ts";

/** Whether a second program can use the library while ours is stopped at a call: Linux, gcc and Python. */
export const canActBeside: boolean = cannotIntercept() === null && hasPython;

/** "connect SECONDS" opens the library with that timeout, "close" closes it; all else is one statement. */
const PROGRAM = `
import sqlite3, sys
connection = None
for line in sys.stdin:
    try:
        word, _, rest = line.strip().partition(" ")
        if word == "connect":
            connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=float(rest))
        elif word == "close":
            connection.close()
        else:
            connection.execute(line).fetchall()
        print("ok")
    except sqlite3.Error as error:
        print(error)
`;

/** A line that was sent to a second program, which may have to wait before it answers. */
export interface Asked {
  /** "ok", or what SQLite said. */
  readonly answer: Promise<string>;
  /** Whether it waited for somebody's lock. */
  readonly waits: boolean;
}

/** VPO, or another program of the user's, that opens the library when it is told to: SQLite of Python. */
export class SecondProgram implements AsyncDisposable {
  readonly #peer: Peer;

  constructor(library: string) {
    this.#peer = Peer.python(PROGRAM, library);
  }

  /** Sends a line and waits for the answer. */
  ask(line: string): Promise<string> {
    return this.#peer.ask(line);
  }

  /** Sends a line and waits until it is answered, or until SQLite waits for a lock. */
  async begin(line: string): Promise<Asked> {
    let isAnswered = false;
    const answer = this.#peer.ask(line).then((text) => {
      isAnswered = true;
      return text;
    });
    for (;;) {
      await pause();
      if (isAnswered) return { answer, waits: false };
      if (waitsIn(this.#peer.pid).includes("nanosleep")) return { answer, waits: true };
    }
  }

  /** Kills it, as a power cut would. */
  kill(): Promise<void> {
    return this.#peer.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}

/** Runs the program, stopped at one of its calls while something else happens; `isStopped` is false if none came. */
export async function runStopped(
  interceptor: Interceptor,
  moment: Intervention,
  start: (env: Readonly<Record<string, string>>) => StartedProgram,
  meanwhile: () => Promise<void>,
): Promise<Ended & { readonly log: CallLog; readonly isStopped: boolean }> {
  const { env, calls, struck } = interceptor.prepare({ ...moment, mishap: "SIGSTOP" });
  await using program = start(env);
  const ended = program.ended();
  await struck(ended);
  const isStopped = await hasStopped(program.pid);
  if (isStopped) await meanwhile();
  program.signal("SIGCONT");
  return { ...await ended, log: calls(), isStopped };
}

/** Function of the kernel that a process waits in; empty where it has ended. */
function waitsIn(pid: number): string {
  try {
    return Deno.readTextFileSync(`/proc/${pid}/wchan`);
  } catch {
    return "";
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
