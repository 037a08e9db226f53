import assert from "node:assert/strict";
import { completions } from "../../../scripts/build/completions.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

/** A program of this text, as a command line that starts it. */
function program(directory: TemporaryDirectory, text: string): [string, ...string[]] {
  const path = directory.file("program.ts", new TextEncoder().encode(text));
  return [Deno.execPath(), "run", "--quiet", "--no-config", path];
}

Deno.test("completions: what the program prints for each shell, under the name that the shell looks for", () => {
  using directory = new TemporaryDirectory();
  const made = completions(
    program(directory, "await Deno.stdout.write(new TextEncoder().encode(Deno.args.join('+')));"),
  );
  const found = made.map(({ name, mode, content }) => [name, mode, new TextDecoder().decode(content)]);
  assert.deepEqual(found, [
    ["completions/vpo-backup.bash", 0o644, "completion+bash"],
    ["completions/_vpo-backup", 0o644, "completion+zsh"],
    ["completions/vpo-backup.fish", 0o644, "completion+fish"],
    ["completions/vpo-backup.ps1", 0o644, "completion+pwsh"],
    ["completions/vpo-backup.nu", 0o644, "completion+nu"],
  ]);
});

Deno.test("completions: an error where the program has none for a shell", () => {
  using directory = new TemporaryDirectory();
  assert.throws(
    () => completions(program(directory, "Deno.exit(Deno.args[1] === 'fish' ? 1 : 0);")),
    /no completions for fish/,
  );
});
