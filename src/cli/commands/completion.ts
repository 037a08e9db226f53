import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import type { Generated } from "../../output/outcome.ts";
import { PROGRAM } from "../../program.ts";
import { defineCommand } from "../command.ts";
import { lines } from "../help/examples.ts";

const SHELLS = ["bash", "zsh", "fish", "pwsh", "nu"] as const;

/**
 * The hidden command with which a completion script asks for suggestions, before the shell's name; nobody types it.
 */
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
      shell: argument(choice(SHELLS, { metavar: "SHELL" }), {
        description: message`bash, zsh, fish, pwsh or nu.`,
        errors: { endOfInput: message`No shell was given: name bash, zsh, fish, pwsh or nu.` },
      }),
    }),
    {
      brief: message`Print a shell completion script.`,
      description: message`Completes commands, options, paths and backup names.`,
      footer: lines(
        "Examples:",
        `  ${PROGRAM} completion fish > ~/.config/fish/completions/${PROGRAM}.fish`,
        `  ${PROGRAM} completion nu > ~/.config/nushell/autoload/${PROGRAM}.nu`,
        `  ${PROGRAM} completion zsh > ~/.zfunc/_${PROGRAM}`,
        "In ~/.bashrc:",
        `  source <(${PROGRAM} completion bash)`,
        "In $PROFILE:",
        `  ${PROGRAM} completion pwsh | Out-String | Invoke-Expression`,
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run({ shell }: Options): Promise<Generated> {
  const { COMPLETIONS } = await import("../help/shells.ts");
  const script = COMPLETIONS[shell].generateScript(PROGRAM, [COMPLETE, shell]);
  return { kind: "generated", name: "completion", text: script.trim() + "\n" };
}
