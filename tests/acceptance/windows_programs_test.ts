import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Home } from "../support/home.ts";
import { LargeHome, LargeSample, temporariesIn } from "../support/large_home.ts";
import { meet } from "../support/moments.ts";
import type { ConsoleTask } from "../support/own_console.ts";
import { type Outcome, programCommand } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

/** What other programs do on Windows: press Ctrl-C, hold a file open, take no output. */

const ignore = Deno.build.os !== "windows";

let sample: LargeSample | undefined;
Deno.test.beforeAll(async () => void (sample = ignore ? undefined : await LargeSample.make(6_000)));
Deno.test.afterAll(() => sample?.[Symbol.dispose]());

const MOMENTS = [["backup", "check copy"], ["backup", "compress"], ["restore", "check database"]] as const;

for (const [verb, step] of MOMENTS) {
  Deno.test({
    name: `on Windows: Ctrl-C at the step "${step}" of a ${verb} leaves everything as it was`,
    ignore,
    async fn() {
      await meet(`the step "${step}"`, async () => {
        assert(sample !== undefined);
        using home = new LargeHome(sample);
        const args = verb === "backup" ? ["backup", "--level", "9"] : ["restore", home.archive, "--yes"];
        const before = home.state();
        const command = programCommand([...args, "-v"], { home: home.path, env: { USERPROFILE: home.path } });
        const { code, stdout, stderr } = await pressCtrlC({ command, moment: `step ${step}` });
        if (code === 0) return false;
        assert.deepEqual([code, stdout], [130, ""], stderr);
        assert.match(stderr, /^Error: .*: nothing was changed, temporary files were removed\r?$/m);
        assert.deepEqual(home.state(), before, "directories that were made are gone too");
        assert.deepEqual(temporariesIn(home.vpo), []);
        return true;
      });
    },
  });
}

Deno.test({
  name: "on Windows: backup -o - goes to NUL, of which nothing can be told",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const { program, args, env, cwd } = programCommand(["backup", "--output", "-"], { home: home.path });
    const options = { env: { ...env }, clearEnv: true, cwd, stdin: "null", stdout: "null", stderr: "piped" } as const;
    const { code, stderr } = await new Deno.Command(program, { args: [...args], ...options }).output();
    const said = new TextDecoder().decode(stderr);
    assert.equal(code, 0, said);
    assert.match(said, /^Backup written to standard output/);
  },
});

Deno.test({
  name: "on Windows: settings that a program has open are not replaced, and how to go on is said",
  ignore,
  async fn() {
    using home = Home.withLibrary();
    const config = join(home.vpo, "config.toml");
    Deno.writeTextFileSync(config, "# in the backup\n");
    const surroundings = { env: { USERPROFILE: home.path } };
    assert.equal((await home.run(["backup", "--quiet", "--settings"], surroundings)).code, 0);
    Deno.writeTextFileSync(config, "# here\n");
    const restore = () => home.run(["restore", "latest", "--yes", "--settings-only"], surroundings);
    using held = new HeldFile(config);
    const { code, stderr } = await restore();
    assert.equal(code, 40, stderr);
    assert.match(stderr, /Cannot put "config\.toml" in place: .*\nClose the program that has that file open\. /);
    assert.equal(Deno.readTextFileSync(config), "# here\n");
    assert.deepEqual(temporariesIn(home.vpo), []);
    held.close();
    const again = await restore();
    assert.equal(again.code, 0, again.stderr);
    assert.equal(Deno.readTextFileSync(config), "# in the backup\n");
  },
});

/** A file that is open as most programs open one: others may read it and no more. Deno itself lets them do all. */
class HeldFile implements Disposable {
  readonly #kernel = Deno.dlopen("kernel32.dll", {
    CreateFileW: { parameters: ["buffer", "u32", "u32", "pointer", "u32", "u32", "pointer"], result: "pointer" },
    CloseHandle: { parameters: ["pointer"], result: "i32" },
  });
  #handle: Deno.PointerValue;

  constructor(path: string) {
    const name = Uint16Array.from([...path, "\0"], (letter) => letter.charCodeAt(0));
    const [read, shareRead, existing] = [0x80000000, 1, 3] as const;
    this.#handle = this.#kernel.symbols.CreateFileW(name, read, shareRead, null, existing, 0, null);
  }

  close(): void {
    if (this.#handle !== null) this.#kernel.symbols.CloseHandle(this.#handle);
    this.#handle = null;
  }

  [Symbol.dispose](): void {
    this.close();
    this.#kernel.close();
  }
}

async function pressCtrlC(task: ConsoleTask): Promise<Outcome> {
  using directory = new TemporaryDirectory();
  const outcome = join(directory.path, "outcome.json");
  const driver = fileURLToPath(new URL("../support/own_console.ts", import.meta.url));
  const args = ["run", "-A", "--no-check", driver, JSON.stringify(task), outcome];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(Deno.readTextFileSync(outcome)) as Outcome;
}
