import assert from "node:assert/strict";
import { basename } from "node:path";
import { directoryState } from "./directory_state.ts";
import type { Home } from "./home.ts";

/** Runs the program, which has to succeed. */
export async function succeed(home: Home, ...args: string[]): Promise<void> {
  const { code, stderr } = await home.run(args);
  assert.equal(code, 0, stderr);
}

/** Paths below a home of what no run leaves but a killed one. */
export function strangersIn(home: Home): string[] {
  const isOurs = (name: string) => /^\.+vpo-backup-(?!place$|copies$)|\.(claim|tmp)$/.test(name);
  return Object.keys(directoryState(home.path)).filter((path) => isOurs(basename(path)));
}
