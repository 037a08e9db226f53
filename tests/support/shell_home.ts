import { join } from "node:path";
import { Home } from "./home.ts";
import { programCommand } from "./program.ts";

/** A home in which a shell finds the program under its name. */
export class ShellHome extends Home {
  readonly #bin = join(this.path, "bin");

  constructor() {
    super();
    const { program, args } = programCommand([], { home: this.path });
    const quoted = [program, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    Deno.mkdirSync(this.#bin);
    const script = `#!/bin/sh\nexec ${quoted.join(" ")} "$@"\n`;
    Deno.writeTextFileSync(join(this.#bin, "vpo-backup"), script, { mode: 0o755 });
  }

  /** The shell's environment. */
  get env(): Record<string, string> {
    const { env } = programCommand([], { home: this.path });
    return { ...env, PATH: `${this.#bin}:${Deno.env.get("PATH")}`, TERM: "dumb", LANG: "C.UTF-8" };
  }
}
