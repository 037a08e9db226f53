/** Whether a process, which was sent SIGSTOP, stands still; waits for each of its threads. False where it has ended. */
export async function hasStopped(pid: number): Promise<boolean> {
  for (;;) {
    const states = threadsOf(pid).map((thread) => stateOf(`${pid}/task/${thread}`));
    if (states.length > 0 && states.every((state) => state === "T")) return true;
    if (["", "Z", "X"].includes(stateOf(`${pid}`))) return false;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

function threadsOf(pid: number): readonly string[] {
  try {
    return Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => name);
  } catch {
    return [];
  }
}

/** State of a process or thread, as proc_pid_stat(5) has it; empty where it has ended. */
function stateOf(path: string): string {
  try {
    return /(?<=\) )\S/.exec(Deno.readTextFileSync(`/proc/${path}/stat`))?.[0] ?? "";
  } catch {
    return "";
  }
}
