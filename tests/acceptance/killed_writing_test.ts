import assert from "node:assert/strict";
import { join } from "node:path";
import { readMarker } from "../../src/store/place_marker.ts";
import { testMore } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { putArchiveWithSettings } from "../support/settings.ts";
import { strangersIn, succeed } from "../support/strangers.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

/** What is left of runs that are killed just before they change one small file or another. */

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

/** Lets a quarter of an hour go by for the files that runs hold for a moment. */
function ageMoments(home: Home): void {
  const then = new Date(Date.now() - 15 * 60_000);
  for (const path of strangersIn(home)) {
    if (/\.(place|trial|claim)$/.test(path)) Deno.utimeSync(join(home.path, path), then, then);
  }
}

Deno.test({
  name: "backup --make-dir: killed at its marker, it leaves a whole one or none, and nothing that stays (needs gcc)",
  ignore,
  async fn() {
    const args = ({ path }: Home) => ["backup", "--backup-dir", join(path, "disk"), "--make-dir", "--level", "1"];
    const at = (_: string, path: string) => path.startsWith("disk/.vpo-backup-") && /place(\.|$)/.test(path);
    await faults.killAtEach({ make: Home.withLibrary, args, at }, async (home) => {
      const disk = join(home.path, "disk");
      const hasMarker = () => Array.from(Deno.readDirSync(disk), ({ name }) => name).includes(".vpo-backup-place");
      if (hasMarker()) assert.notEqual(readMarker(disk), null);
      ageMoments(home);
      await succeed(home, ...args(home));
      assert.notEqual(readMarker(disk), null);
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "backup --make-dir: killed at its marker without hard links, the next run goes through at once (needs gcc)",
  ignore,
  async fn() {
    using faults = new Faults();
    using home = Home.withLibrary();
    const disk = join(home.path, "disk");
    const args = ["backup", "--backup-dir", disk, "--make-dir", "--level", "1"];
    const moment = { at: 1, call: { kind: "rename", path: join(disk, ".vpo-backup-place") }, noLinks: true } as const;
    assert.equal((await faults.run({ ...moment, mishap: "SIGKILL" }, home, ...args)).code, 128 + 9);
    await faults.calls({ noLinks: true }, home, ...args);
    assert.notEqual(readMarker(disk), null);
  },
});

testMore({
  name: "backup --skip-unchanged: killed while it notes a look, the next run removes what it left (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = Home.withLibrary();
      await succeed(home, "backup", "--level", "1");
      return home;
    };
    const at = (kind: string, path: string) =>
      /^.vpo\/backups\/.*(\.place|-place|\.tar\.gz)$/.test(path) && kind !== "create";
    await faults.killAtEach({ make, args: () => ["backup", "--skip-unchanged", "--level", "1"], at }, async (home) => {
      await succeed(home, "backup", "--skip-unchanged", "--level", "1");
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "backup -o FILE: killed while it has a claim to the name, it does not keep the next run from it (needs gcc)",
  ignore,
  async fn() {
    const args = ({ path }: Home) => ["backup", "-o", join(path, "disk", "mine.tar.gz"), "--level", "1", "--force"];
    const make = () => {
      const home = Home.withLibrary();
      Deno.mkdirSync(join(home.path, "disk"));
      return home;
    };
    const at = (kind: string, path: string) =>
      kind !== "write" && /\.claim$|mine\.tar\.gz$/.test(path) && kind !== "create";
    await faults.killAtEach({ make, args, at }, async (home) => {
      await succeed(home, ...args(home));
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "restore: killed without hard links at a claim to the library's name, the next run goes through (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = new Home();
      await putArchiveWithSettings(home, {});
      return home;
    };
    const args = () => ["restore", "latest", "--yes"];
    const at = (kind: string, path: string) =>
      kind !== "create" && kind !== "write" && /library\.db(\.claim)?$/.test(path);
    const setting = { noLinks: true };
    await faults.killAtEach(
      { make, args, at: (kind, path) => /^.vpo\/\.?library/.test(path) && at(kind, path), setting },
      async (home) => {
        await succeed(home, ...args());
        assert.deepEqual(strangersIn(home), []);
      },
    );
  },
});

testMore({
  name: "backup --dry-run: a killed restore's name for the library is no reason to refuse it (needs gcc)",
  ignore,
  async fn() {
    const make = async () => {
      const home = new Home();
      await putArchiveWithSettings(home, {});
      return home;
    };
    const at = (kind: string, path: string) =>
      kind === "unlink" && /^\.vpo\/\.vpo-backup-[^/]*\/library\.db$/.test(path);
    await faults.killAtEach({ make, args: () => ["restore", "latest", "--yes"], at }, async (home) => {
      assert.equal(Deno.statSync(home.library).nlink, 2);
      await succeed(home, "backup", "--dry-run");
      assert.doesNotMatch((await home.run(["doctor"])).stdout, /second hard link/);
      await succeed(home, "backup", "--level", "1");
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "report -o --force: killed at its page, it leaves the old one, and the next run removes the rest (needs gcc)",
  ignore,
  async fn() {
    const make = () => {
      const home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      Deno.writeTextFileSync(join(home.path, "page.html"), "old");
      return home;
    };
    const args = () => ["report", "-o", "page.html", "--force"];
    await faults.killAtEach({ make, args, at: (_, path) => path.includes("page.html") }, async (home) => {
      assert.equal(Deno.readTextFileSync(join(home.path, "page.html")), "old");
      await succeed(home, ...args());
      assert.match(Deno.readTextFileSync(join(home.path, "page.html")), /^<!DOCTYPE html>[^]*<\/html>\n$/);
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

testMore({
  name: "config init: killed without hard links, the next run has the name for itself (needs gcc)",
  ignore,
  async fn() {
    const at = (kind: string, path: string) => kind === "rename" && path === ".vpo/backup.toml";
    const course = { make: Home.withLibrary, args: () => ["config", "init"], at, setting: { noLinks: true } };
    await faults.killAtEach(course, async (home) => {
      await succeed(home, "config", "init");
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

Deno.test({
  name: "config init: killed when the file has its name, the next run keeps it and removes the other name (needs gcc)",
  ignore,
  async fn() {
    const at = (kind: string, path: string) => kind === "unlink" && path.endsWith(".tmp");
    await faults.killAtEach({ make: Home.withLibrary, args: () => ["config", "init"], at }, async (home) => {
      assert.equal((await home.run(["config", "init"])).code, 2);
      assert.deepEqual(strangersIn(home), []);
      assert.equal(Deno.statSync(join(home.vpo, "backup.toml")).nlink, 1);
    });
  },
});
