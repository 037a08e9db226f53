import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";

/** A home with a library, some settings and one backup of both. */
async function homeWithBackup(...options: readonly string[]): Promise<Home> {
  const home = Home.withLibrary();
  put(home, "config.toml", "a = 1\n");
  put(home, "policies/film.yaml", "name: film\n");
  put(home, "policies/series.yaml", "name: series\n");
  put(home, "plugins/own.py", "plugin = 1\n");
  const { code, stderr } = await home.run(["backup", ...options]);
  assert.deepEqual([code, stderr], [0, ""]);
  return home;
}

function put(home: Home, name: string, content: string): void {
  const path = join(home.vpo, name);
  Deno.mkdirSync(join(path, ".."), { recursive: true });
  Deno.writeTextFileSync(path, content);
}

/** As after some days: one settings file is new, one has changed without becoming longer, one is gone. */
function change(home: Home): void {
  put(home, "config.toml", "a = 2\n");
  put(home, "profiles/new.yaml", "name: new\n");
  Deno.removeSync(join(home.vpo, "policies/series.yaml"));
}

async function documentOf(home: Home, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await home.run([...args, "--json"]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

testMore("show: names the settings, their sizes, and whether they are here", async () => {
  using home = await homeWithBackup();
  change(home);
  const { code, stdout, stderr } = await home.run(["show"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^ {2}Settings: +4 files \(41 B\)$/m);
  const table = stdout.slice(stdout.search(/^Settings +Size/m)).split("\n").slice(0, 6);
  assert.deepEqual(table.map((line) => line.trim().split(/ {2,}/)), [
    ["Settings", "Size", "Here"],
    [table[1]?.trim()],
    ["config.toml", "6 B", "different"],
    ["policies/film.yaml", "11 B", "the same"],
    ["policies/series.yaml", "13 B", "missing"],
    ["plugins/own.py", "11 B", "the same"],
  ]);
  assert(!stdout.includes("a = 1"), "nothing of what is in them");
  assert.deepEqual((await documentOf(home, "show"))["settings"], {
    count: 4,
    total_bytes: 41,
    files: [
      { name: "config.toml", size_bytes: 6, here: "different" },
      { name: "policies/film.yaml", size_bytes: 11, here: "same" },
      { name: "policies/series.yaml", size_bytes: 13, here: "missing" },
      { name: "plugins/own.py", size_bytes: 11, here: "same" },
    ],
  });
});

testMore("show --quick: says how many settings there are, and names none", async () => {
  using home = await homeWithBackup();
  assert.deepEqual((await documentOf(home, "show", "--quick"))["settings"], { count: 4, total_bytes: 41, files: null });
  assert.match((await home.run(["show", "--quick"])).stdout, /^ {2}Settings: +4 files \(41 B\)$/m);
});

testMore("show: says nothing of settings where a backup says nothing of them", async () => {
  using home = await homeWithBackup("--no-settings");
  home.putArchive(VPO_ARCHIVES.present);
  for (const backup of [...home.archives()]) {
    assert.equal((await documentOf(home, "show", backup))["settings"], null, backup);
    assert.doesNotMatch((await home.run(["show", backup])).stdout, /Settings/);
  }
});

testMore("diff: names the settings that differ from those in place", async () => {
  using home = await homeWithBackup();
  const same = await home.run(["diff"]);
  assert.match(same.stdout, /^Settings: the same 4 files on both sides$/m);
  change(home);
  const { code, stdout } = await home.run(["diff"]);
  assert.equal(code, 0);
  const lines = stdout.split("\n");
  assert.deepEqual(lines.slice(lines.findIndex((line) => line.startsWith("Settings:"))), [
    "Settings: 3 files differ, 2 unchanged",
    "- policies/series.yaml (only in the backup)",
    "+ profiles/new.yaml (only here)",
    "~ config.toml (changed)",
    "",
  ]);
  assert.deepEqual((await documentOf(home, "diff"))["settings"], {
    only_in_from: ["policies/series.yaml"],
    only_in_to: ["profiles/new.yaml"],
    changed: ["config.toml"],
    unchanged_count: 2,
  });
});

testMore(
  "diff: names the settings that differ between two backups; where one says nothing of them, neither does it",
  async () => {
    using home = await homeWithBackup();
    const [first = ""] = home.archives();
    change(home);
    await home.run(["backup"]);
    const second = home.archives().find((name) => name !== first) ?? "";
    assert.deepEqual((await documentOf(home, "diff", first, second))["settings"], {
      only_in_from: ["policies/series.yaml"],
      only_in_to: ["profiles/new.yaml"],
      changed: ["config.toml"],
      unchanged_count: 2,
    });
    home.putArchive(VPO_ARCHIVES.present);
    assert.equal((await documentOf(home, "diff", VPO_ARCHIVES.present, second))["settings"], null);
    assert.equal((await documentOf(home, "diff", second, VPO_ARCHIVES.present))["settings"], null);
  },
);

testMore("backups --json, verify: tell how many settings a backup holds", async () => {
  using home = await homeWithBackup();
  home.putArchive(VPO_ARCHIVES.present);
  const { backups } = await documentOf(home, "backups") as { backups: { settings: unknown }[] };
  assert.deepEqual(backups.map(({ settings }) => settings), [{ count: 4, total_bytes: 41 }, null]);
  const [name = ""] = home.archives().filter((name) => name !== VPO_ARCHIVES.present);
  const { stdout } = await home.run(["verify", name]);
  assert.match(stdout, /400 files, 776\.0 KB; 4 settings files/);
  const verified = await documentOf(home, "verify", name) as { backups: { settings: unknown }[] };
  assert.deepEqual(verified.backups.map(({ settings }) => settings), [{ count: 4, total_bytes: 41 }]);
});

testMore("verify: a settings file that is not what was written is damage", async () => {
  using home = await homeWithBackup();
  const path = join(home.backups, home.archives()[0] ?? "");
  const bytes = Deno.readFileSync(path);
  const { blocks } = await documentOf(home, "show") as { blocks: { count: number } };
  assert(blocks.count > 4);
  const second = bytes.findIndex((_, at) =>
    at > 0 && bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 12] === 0x56
  );
  bytes[second + 100] = (bytes[second + 100] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
  for (const more of [[], ["--quick"]]) {
    const { code, stdout } = await home.run(["verify", ...more]);
    assert.equal(code, 46);
    assert.match(stdout, /damaged/);
  }
});

testMore(
  "doctor: says when settings are here that the newest backup does not hold, or that no backup takes",
  async () => {
    using home = await homeWithBackup("--no-settings");
    const findings = async () => {
      const { stdout } = await home.run(["doctor", "--json"]);
      const { findings } = JSON.parse(stdout) as { findings: { level: string; subject: string; message: string }[] };
      return findings.flatMap(({ level, subject, message }) => subject === "Settings" ? [[level, message]] : []);
    };
    assert.deepEqual(await findings(), [["warning", "4 files here (41 B), but none in the newest backup"]]);
    await home.run(["backup"]);
    assert.deepEqual(await findings(), [["ok", "4 files here (41 B), 4 in the newest backup"]]);
    Deno.writeFileSync(join(home.vpo, "policies", "large.bin"), new Uint8Array(10 * 1024 * 1024 + 1));
    assert.deepEqual((await findings()).at(-1), [
      "warning",
      'no backup includes 1 file: "policies/large.bin": it is larger than 10 MB',
    ]);
  },
);
