import type { Member } from "./archives.ts";

/** Shells and the names under which they look for completions. */
const SHELLS = [
  { shell: "bash", file: "vpo-backup.bash" },
  { shell: "zsh", file: "_vpo-backup" },
  { shell: "fish", file: "vpo-backup.fish" },
  { shell: "pwsh", file: "vpo-backup.ps1" },
] as const;

const COMMAND = "completion";

/**
 * The completions that a program prints itself with `completion SHELL`.
 *
 * @param program the command line that starts it
 * @returns null where it has no such command
 */
export function completions(program: readonly [string, ...string[]]): Member[] | null {
  if (ask(program, COMMAND, "--help") === null) return null;
  return SHELLS.map(({ shell, file }) => {
    const content = ask(program, COMMAND, shell);
    if (content === null) throw new Error(`the program has no completions for ${shell}`);
    return { name: `completions/${file}`, mode: 0o644, content };
  });
}

/** What it prints, or null where it refuses. */
function ask([command, ...args]: readonly [string, ...string[]], ...more: string[]): Uint8Array | null {
  const { code, stdout } = new Deno.Command(command, { args: [...args, ...more], stderr: "null" }).outputSync();
  return code === 0 ? stdout : null;
}
