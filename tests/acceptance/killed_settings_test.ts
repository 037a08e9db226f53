import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../support/extent.ts";
import { Home } from "../support/home.ts";
import { programCommand } from "../support/program.ts";
import { putArchiveWithSettings } from "../support/settings.ts";

const COUNT = 400;

/** Policies as the backup holds them, and the config.toml that comes last. */
const CONTENT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Array.from({ length: COUNT }, (_, at) => [`policies/${at}.yaml`, `new ${at} `.repeat(500)])),
  "config.toml": "[server]\n",
};

testMore({
  name: "restore --settings: killed among the settings, each of them is whole and none lost, and the next run ends it",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = Home.withLibrary();
    const archive = await putArchiveWithSettings(home, CONTENT);
    const policies = join(home.vpo, "policies");
    Deno.mkdirSync(policies);
    for (let at = 0; at < COUNT; at++) Deno.writeTextFileSync(join(policies, `${at}.yaml`), `old ${at}`);
    const args = ["restore", archive, "--yes", "--settings"];
    const { program, args: [...all], env: { ...env }, cwd } = programCommand(args, { home: home.path });
    const child = new Deno.Command(program, {
      args: [...all],
      env: { ...env },
      clearEnv: true,
      cwd,
      stdout: "null",
      stderr: "null",
    })
      .spawn();
    using watcher = Deno.watchFs(policies);
    for await (const { kind, paths } of watcher) {
      if (kind !== "access" && paths.some((path) => path.endsWith("/200.yaml"))) break;
    }
    child.kill("SIGKILL");
    await child.status;

    const read = (directory: string, at: number) => Deno.readTextFileSync(join(directory, `${at}.yaml`));
    const keptIn = () =>
      Array.from(Deno.readDirSync(home.vpo), ({ name }) => name).filter((name) => name.startsWith("settings.before-"));
    const isNew = (at: number) => read(policies, at) === CONTENT[`policies/${at}.yaml`];
    const numbers = Array.from({ length: COUNT }, (_, at) => at);
    const [kept = ""] = keptIn();
    for (const at of numbers) {
      if (isNew(at)) assert.equal(read(join(home.vpo, kept, "policies"), at), `old ${at}`);
      else assert.equal(read(policies, at), `old ${at}`);
    }
    const before = numbers.filter(isNew).length;
    assert(before > 0 && before < COUNT, `${before} of ${COUNT} were in place`);

    const again = await home.run(["restore", archive, "--yes", "--settings-only"]);
    assert.equal(again.code, 0, again.stderr);
    assert(numbers.every(isNew));
    assert(Deno.statSync(join(home.vpo, "config.toml")).isFile);
    const second = keptIn().filter((name) => name !== kept)[0] ?? kept;
    for (const at of numbers) {
      const held = [kept, second].map((name) => join(home.vpo, name, "policies", `${at}.yaml`));
      assert(held.some((path) => isOld(path, at)), `${at} was lost`);
    }
    // What the killed run was writing is gone, its work directory too.
    const names = Array.from(Deno.readDirSync(policies), ({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith(".")), []);
  },
});

function isOld(path: string, at: number): boolean {
  try {
    return Deno.readTextFileSync(path) === `old ${at}`;
  } catch {
    return false;
  }
}
