import { bash, fish, nu, pwsh, type ShellCompletion, zsh } from "@optique/core/completion";

/** Makes the script of each shell, and the form in which it reads suggestions. */
export const COMPLETIONS = { bash, zsh, fish, pwsh, nu } as const satisfies Record<string, ShellCompletion>;

/** The form in which a shell's script reads suggestions; null for a shell that there is no script for. */
export function shellNamed(name: string | undefined): ShellCompletion | null {
  return Object.values(COMPLETIONS).find((shell) => shell.name === name) ?? null;
}
