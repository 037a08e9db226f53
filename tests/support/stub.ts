import { run } from "./commands.ts";

/** Ends each word that the stub was given. */
const END = "\u0001";

/** Puts a program at `path` that prints the words it was given, and ends with this code. */
export function putStub(path: string, code = 0): void {
  Deno.writeTextFileSync(path, `#!/bin/sh\nprintf '%s${END}' "$0" "$@"\nexit ${code}\n`, { mode: 0o755 });
}

/** Runs a command and gives the words that the stub in it was given. */
export async function wordsGiven(program: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await run(program, args);
  return stdout.split(END).slice(0, -1);
}
