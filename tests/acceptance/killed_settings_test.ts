import assert from "node:assert/strict";
import { join } from "node:path";
import { directoryState } from "../support/directory_state.ts";
import { testMore } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home } from "../support/home.ts";
import { programCommand } from "../support/program.ts";
import { keptSettings, putArchiveWithSettings } from "../support/settings.ts";
import { strangersIn, succeed } from "../support/strangers.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

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
    const isNew = (at: number) => read(policies, at) === CONTENT[`policies/${at}.yaml`];
    const numbers = Array.from({ length: COUNT }, (_, at) => at);
    const [kept = ""] = keptSettings(home);
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
    const second = keptSettings(home).filter((name) => name !== kept)[0] ?? kept;
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

testMore({
  name: "restore --settings-only: killed while it keeps an old file, it keeps the whole one or none (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = Home.withLibrary();
      await putArchiveWithSettings(home, { "profiles/fast.yaml": "new" });
      Deno.mkdirSync(join(home.vpo, "profiles"));
      Deno.writeTextFileSync(join(home.vpo, "profiles", "fast.yaml"), "old");
      return home;
    };
    const args = () => ["restore", "latest", "--yes", "--settings-only"];
    const at = (kind: string, path: string) =>
      kind === "write" && /settings\.before|^\.vpo\/\.vpo-backup-[^/]*\.setting$/.test(path);
    await faults.killAtEach({ make, args, at, count: 2 }, async (home) => {
      const kept = () => Object.keys(directoryState(home.path)).filter((path) => /before-restore.*\.yaml$/.test(path));
      for (const path of kept()) assert.equal(Deno.readTextFileSync(join(home.path, path)), "old", path);
      await succeed(home, ...args());
      assert.equal(Deno.readTextFileSync(join(home.vpo, "profiles", "fast.yaml")), "new");
      assert(kept().length > 0);
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "restore latest --settings: what looks for the latest backup does not forget whose files are left (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = new Home();
      await putArchiveWithSettings(home, { "profiles/fast.yaml": "new" });
      return home;
    };
    const args = () => ["restore", "latest", "--yes", "--settings"];
    const at = (kind: string, path: string) => kind === "link" && path.endsWith("/fast.yaml");
    await faults.killAtEach({ make, args, at }, async (home) => {
      await succeed(home, ...args());
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "doctor: names what a killed restore left among settings, which the next one removes (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = Home.withLibrary();
      await putArchiveWithSettings(home, { "policies/more/series.yaml": "new" });
      return home;
    };
    const args = () => ["restore", "latest", "--yes", "--settings-only"];
    const at = (kind: string, path: string) => kind === "unlink" && /more\/\.vpo-backup-.*\.setting$/.test(path);
    await faults.killAtEach({ make, args, at }, async (home) => {
      const { stdout } = await home.run(["doctor"]);
      assert.match(stdout, /killed restores left .*more\/\.vpo-backup-[^/ ]*\.setting, 3 B/);
      await succeed(home, ...args());
      assert.deepEqual(strangersIn(home), []);
      assert.equal(Deno.readTextFileSync(join(home.vpo, "policies", "more", "series.yaml")), "new");
    });
  },
});

Deno.test({
  name: "extract --settings: killed among them, it leaves none under their name, and the next run ends it (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = new Home();
      await putArchiveWithSettings(home, { "config.toml": "one", "policies/more/series.yaml": "two" });
      return home;
    };
    const args = () => ["extract", "latest", "-o", "there", "--settings"];
    const at = (kind: string, path: string) =>
      kind === "write" && path.endsWith("series.yaml") || kind === "rename" && path === "there/settings";
    await faults.killAtEach({ make, args, at }, async (home) => {
      const there = join(home.path, "there");
      assert(!directoryState(there)["settings"]);
      await succeed(home, ...args());
      assert.equal(Deno.readTextFileSync(join(there, "settings", "policies", "more", "series.yaml")), "two");
      assert.deepEqual(Array.from(Deno.readDirSync(there), ({ name }) => name).sort(), ["library.db", "settings"]);
    });
  },
});

// Its work directory was gone after any other run, and nothing knew the settings any more, with the keys in them.
Deno.test({
  name: "extract --settings: doctor names what a killed one left, and any run that works there removes it (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = Home.withLibrary();
      await putArchiveWithSettings(home, { "config.toml": "token", "policies/more/series.yaml": "two" });
      return home;
    };
    const args = () => ["extract", "latest", "-o", ".vpo/backups", "--settings"];
    const at = (kind: string, path: string) => kind === "write" && path.endsWith("series.yaml");
    await faults.killAtEach({ make, args, at }, async (home) => {
      const left = () => home.archives().filter((name) => name.endsWith(".settings"));
      assert.equal(left().length, 1);
      const named = new RegExp(`killed runs left .*${left()[0]}`);
      assert.match((await home.run(["doctor"])).stdout, named);
      await succeed(home, "backup", "--temp-dir", home.backups);
      assert.deepEqual(left(), []);
    });
  },
});
