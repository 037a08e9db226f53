import { GRANTS } from "../src/grants.ts";

/** Directories that the program may use; the whole file system where none are given. */
type Directories = readonly string[];

/**
 * What the program is granted, as flags of `deno run` and `deno compile`: the table in `src/grants.ts`, and never a
 * question.
 *
 * @param read paths to read below; all where none are given
 * @param write paths to write below; all where none are given
 */
export function permissionFlags(read: Directories = [], write: Directories = []): string[] {
  const scopes: Readonly<Record<string, Directories>> = { "--allow-read": read, "--allow-write": write };
  return [...GRANTS.map(({ flag, values }) => scoped(flag, scopes[flag] ?? values)), "--no-prompt"];
}

/** Lets threads free the buffers they are done with at once; see `src/archive/buffer_gc.ts`. */
export const RUNTIME_FLAGS = ["--v8-flags=--expose-gc"];

function scoped(flag: string, values: readonly string[]): string {
  return values.length === 0 ? flag : `${flag}=${values.join(",")}`;
}
