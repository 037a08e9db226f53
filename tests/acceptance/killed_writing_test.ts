import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { readMarker } from "../../src/store/place_marker.ts";
import { directoryState } from "../support/directory_state.ts";
import { someOf, testMore } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { putArchiveWithSettings } from "../support/settings.ts";
import { strangersIn, succeed } from "../support/strangers.ts";
import { cannotIntercept, type FileCall, type Intervention } from "../torture/support/file_calls.ts";

/** What is left of runs that are killed just before they change one small file or another. */

const ignore = cannotIntercept() !== null;
const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

const READS = ["open", "read", "fsync", "lock"];

/** A run that is to be killed. */
interface Course {
  readonly make: () => Home | Promise<Home>;
  readonly args: (home: Home) => string[];
  /** Whether it is to be killed at a call that changes something; the path is below the home. */
  readonly at: (kind: FileCall["kind"], path: string) => boolean;
  /** At how many of these calls, where not all is tried. */
  readonly count?: number;
  readonly setting?: Omit<Intervention, "below" | "at" | "mishap">;
}

/** Kills such a run at each of these calls in turn, each time in a home of its own. */
async function killAtEach({ make, args, at, setting = {}, count = 1 }: Course, check: (home: Home) => Promise<void>) {
  const places: number[] = [];
  {
    using home = await make();
    for (const { place, kind, path } of await faults.calls(setting, home, ...args(home))) {
      if (!READS.includes(kind) && at(kind, relative(home.path, path))) places.push(place);
    }
  }
  assert(places.length > 0, "there are such calls");
  for (const place of someOf(places, count)) {
    using home = await make();
    const { code } = await faults.run({ ...setting, at: place, mishap: "SIGKILL" }, home, ...args(home));
    assert.equal(code, 128 + 9);
    await check(home);
  }
}

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
    await killAtEach({ make: Home.withLibrary, args, at }, async (home) => {
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

Deno.test({
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
    await killAtEach({ make, args: () => ["backup", "--skip-unchanged", "--level", "1"], at }, async (home) => {
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
    await killAtEach({ make, args, at }, async (home) => {
      await succeed(home, ...args(home));
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

Deno.test({
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
    await killAtEach(
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
    await killAtEach({ make, args: () => ["restore", "latest", "--yes"], at }, async (home) => {
      assert.equal(Deno.statSync(home.library).nlink, 2);
      await succeed(home, "backup", "--dry-run");
      assert.doesNotMatch((await home.run(["doctor"])).stdout, /second hard link/);
      await succeed(home, "backup", "--level", "1");
      assert.deepEqual(strangersIn(home), []);
    });
  },
});

Deno.test({
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
    await killAtEach({ make, args, at, count: 2 }, async (home) => {
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
    await killAtEach({ make, args, at }, async (home) => {
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
    await killAtEach({ make, args, at }, async (home) => {
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
    await killAtEach({ make, args, at }, async (home) => {
      const there = join(home.path, "there");
      assert(!directoryState(there)["settings"]);
      await succeed(home, ...args());
      assert.equal(Deno.readTextFileSync(join(there, "settings", "policies", "more", "series.yaml")), "two");
      assert.deepEqual(Array.from(Deno.readDirSync(there), ({ name }) => name).sort(), ["library.db", "settings"]);
    });
  },
});

Deno.test({
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
    await killAtEach({ make, args, at: (_, path) => path.includes("page.html") }, async (home) => {
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
    await killAtEach(course, async (home) => {
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
    await killAtEach({ make: Home.withLibrary, args: () => ["config", "init"], at }, async (home) => {
      assert.equal((await home.run(["config", "init"])).code, 2);
      assert.deepEqual(strangersIn(home), []);
      assert.equal(Deno.statSync(join(home.vpo, "backup.toml")).nlink, 1);
    });
  },
});
