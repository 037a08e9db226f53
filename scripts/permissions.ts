/**
 * What the program is granted, as flags of `deno run` and `deno compile`: files, the environment variables that it
 * names, free disk space. Never network, subprocesses or FFI, and never a question.
 *
 * @param read paths to read below; all where none are given
 * @param write paths to write below; all where none are given
 */
export function permissionFlags(read: readonly string[] = [], write: readonly string[] = []): string[] {
  return [
    scoped("--allow-read", read),
    scoped("--allow-write", write),
    `--allow-env=${ENVIRONMENT.join(",")}`,
    "--allow-sys=statfs",
    "--no-prompt",
  ];
}

/** Lets threads free the buffers they are done with at once; see `src/archive/garbage.ts`. */
export const RUNTIME_FLAGS = ["--v8-flags=--expose-gc"];

const ENVIRONMENT = ["HOME", "USERPROFILE", "VPO_DATABASE_PATH", "VPO_DATA_DIR", "VPO_BACKUP_DIR", "NO_COLOR"];

function scoped(flag: string, paths: readonly string[]): string {
  return paths.length === 0 ? flag : `${flag}=${paths.join(",")}`;
}
