/**
 * Runs a program on Windows in a console of its own, and presses Ctrl-C there when it says something on its standard
 * error. A console's events reach every program in it, so that the tests' own must be another one; and of a program
 * that changes its console nothing can be read, so that the outcome goes to a file.
 *
 *     deno run -A own_console.ts TASK OUTCOME
 *
 * @module
 */
import type { CommandLine, Outcome } from "./program.ts";

/** What is done there. */
export interface ConsoleTask {
  readonly command: CommandLine;
  /** What it says when Ctrl-C is pressed. */
  readonly moment: string;
}

const CTRL_C_EVENT = 0;
const EVERYBODY = 0;

async function pressCtrlC({ command, moment }: ConsoleTask): Promise<Outcome> {
  const { program, args, env, cwd } = command;
  const kernel = Deno.dlopen("kernel32.dll", {
    FreeConsole: { parameters: [], result: "i32" },
    AllocConsole: { parameters: [], result: "i32" },
    GenerateConsoleCtrlEvent: { parameters: ["u32", "u32"], result: "i32" },
  });
  kernel.symbols.FreeConsole();
  if (kernel.symbols.AllocConsole() === 0) throw new Error("there is no console to be had");
  Deno.addSignalListener("SIGINT", () => {});
  const process = new Deno.Command(program, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stdout = new Response(process.stdout).text();
  let stderr = "";
  let isPressed = false;
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (isPressed || !stderr.includes(moment)) continue;
    isPressed = true;
    kernel.symbols.GenerateConsoleCtrlEvent(CTRL_C_EVENT, EVERYBODY);
  }
  return { code: (await process.status).code, stdout: await stdout, stderr };
}

if (import.meta.main) {
  const [task = "", outcome = ""] = Deno.args;
  Deno.writeTextFileSync(outcome, JSON.stringify(await pressCtrlC(JSON.parse(task) as ConsoleTask)));
  Deno.exit(0);
}
