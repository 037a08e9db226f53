import { bash, fish, nu, pwsh, type ShellCompletion, zsh } from "@optique/core/completion";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import type { Generated } from "../../output/outcome.ts";
import { defineCommand } from "../command.ts";
import { PROGRAM } from "../help/page.ts";
import { lines } from "../help/examples.ts";

const SHELLS = { bash, zsh, fish, pwsh, nu } as const satisfies Record<string, ShellCompletion>;

/** The word before a shell's name with which a script asks for suggestions; nobody types it. */
export const COMPLETE = "__complete";

/** `vpo-backup completion` */
export const completion = defineCommand({
  name: "completion",
  action: "Cannot print the completion script",
  make: parser,
  run,
});

function parser() {
  return command(
    "completion",
    object({
      command: constant("completion"),
      shell: argument(choice(Object.keys(SHELLS) as (keyof typeof SHELLS)[], { metavar: "SHELL" }), {
        description: message`bash, zsh, fish, pwsh or nu.`,
        errors: { endOfInput: message`No shell was given: name bash, zsh, fish, pwsh or nu.` },
      }),
    }),
    {
      brief: message`Print a shell completion script.`,
      description: message`Completes commands, options, paths and backup names.`,
      footer: lines(
        "Examples:",
        "  vpo-backup completion fish > ~/.config/fish/completions/vpo-backup.fish",
        "  vpo-backup completion nu > ~/.config/nushell/autoload/vpo-backup.nu",
        "  vpo-backup completion zsh > ~/.zfunc/_vpo-backup",
        "In ~/.bashrc:",
        "  source <(vpo-backup completion bash)",
        "In $PROFILE:",
        "  vpo-backup completion pwsh | Out-String | Invoke-Expression",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

function run({ shell }: Options): Generated {
  const script = SHELLS[shell].generateScript(PROGRAM, [COMPLETE, shell]);
  return { kind: "generated", name: "completion", text: script.trim() + "\n" };
}

/** The form in which a shell's script reads suggestions; null for a shell that there is no script for. */
export function shellNamed(name: string | undefined): ShellCompletion | null {
  return Object.values(SHELLS).find((shell) => shell.name === name) ?? null;
}
