import assert from "node:assert/strict";
import { isInstalled } from "../../support/commands.ts";
import { Peer } from "../../support/peer.ts";
import { type Outcome, programCommand } from "../../support/program.ts";

/**
 * What a hostile file may cost at the most beside looks at its database, which have a limit of their own: of computing
 * where the machine is busy, else of time.
 */
const MAX_SECONDS = 5;
const MAX_MEMORY_MIB = 256;

/** A run that takes longer than this is killed, in seconds. */
const PATIENCE_SECONDS = 60;

/**
 * Runs each command that it is given to its end and says how that was. `wait4` tells the most memory that this one
 * child had at any time, which a look at it now and then would miss.
 */
const GAUGE = `
import json, os, subprocess, sys, tempfile, time
for line in sys.stdin:
    task = json.loads(line)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.monotonic()
        child = subprocess.Popen([task["program"]] + task["args"], env=task["env"], cwd=task["cwd"],
                                 stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        killed = False
        while True:
            pid, status, usage = os.wait4(child.pid, os.WNOHANG)
            if pid != 0:
                break
            if not killed and time.monotonic() - begin > task["patience"]:
                os.kill(child.pid, 9)
                killed = True
            time.sleep(0.004)
        seconds = time.monotonic() - begin
        child.returncode = 0
        out.seek(0)
        err.seek(0)
        print(json.dumps({
            "code": os.waitstatus_to_exitcode(status), "killed": killed,
            "seconds": min(seconds, usage.ru_utime + usage.ru_stime), "memory": usage.ru_maxrss / 1024,
            "stdout": out.read().decode("utf-8", "backslashreplace"),
            "stderr": err.read().decode("utf-8", "backslashreplace"),
        }))
`;

/** How the program ended, and what that took. */
export interface Measured extends Outcome {
  readonly killed: boolean;
  readonly seconds: number;
  /** The most memory that it had, in MiB. */
  readonly memory: number;
}

/** Runs the program and measures it. */
export class Gauge implements AsyncDisposable {
  readonly #peer = Peer.python(GAUGE);

  /** Why nothing can be measured here, or null where it can. */
  static unavailable(): string | null {
    if (Deno.build.os !== "linux") return "the memory of a process is measured on Linux only";
    return isInstalled("python3", "-c", "import os; os.waitstatus_to_exitcode") ? null : "needs Python 3.9";
  }

  /**
   * Runs the program to its end; throws when it takes too long or too much memory.
   *
   * @param lookSeconds what looking at a database may take
   */
  async run(args: readonly string[], home: string, lookSeconds = 0): Promise<Measured> {
    const command = JSON.stringify({ ...programCommand(args, { home }), patience: PATIENCE_SECONDS });
    const measured = JSON.parse(await this.#peer.ask(command)) as Measured;
    const { killed, seconds, memory, stderr } = measured;
    const said = `it said: ${stderr}`;
    assert(!killed, `${args[0]} was killed after ${PATIENCE_SECONDS} s; ${said}`);
    assert(seconds <= MAX_SECONDS + lookSeconds, `${args[0]} took ${seconds.toFixed(1)} s; ${said}`);
    assert(memory <= MAX_MEMORY_MIB, `${args[0]} took ${memory.toFixed(0)} MiB; ${said}`);
    return measured;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
  }
}

/** Throws when a text has control characters other than line ends: they could steer the terminal that shows it. */
export function requireNoControls({ stdout, stderr }: Outcome): void {
  for (const [stream, text] of Object.entries({ stdout, stderr })) {
    const [found] = /[^\P{Cc}\n]/u.exec(text) ?? [];
    assert(found === undefined, `U+${found?.codePointAt(0)?.toString(16)} was printed on ${stream}: ${text}`);
  }
}
