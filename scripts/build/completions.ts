import type { Member } from "./archives.ts";

/** Shells and the names under which they look for completions. */
const SHELLS = [
  { shell: "bash", file: "vpo-backup.bash" },
  { shell: "zsh", file: "_vpo-backup" },
  { shell: "fish", file: "vpo-backup.fish" },
  { shell: "pwsh", file: "vpo-backup.ps1" },
  { shell: "nu", file: "vpo-backup.nu" },
] as const;

/**
 * The completions that a program prints itself with `completion SHELL`.
 *
 * @param program the command line that starts it
 * @throws {Error} where it has none for one of the shells
 */
export function completions([command, ...args]: readonly [string, ...string[]]): Member[] {
  return SHELLS.map(({ shell, file }) => {
    const { success, stdout } = new Deno.Command(command, { args: [...args, "completion", shell] }).outputSync();
    if (!success) throw new Error(`the program has no completions for ${shell}`);
    return { name: `completions/${file}`, mode: 0o644, content: stdout };
  });
}
