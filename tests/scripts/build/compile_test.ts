import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { TAR } from "../../../scripts/build/archives.ts";
import { compile } from "../../../scripts/build/compile.ts";
import { findTarget, type Target } from "../../../scripts/build/targets.ts";
import { GRANTS } from "../../../src/grants.ts";
import { run } from "../../support/commands.ts";
import { canCompile, FREE_BUILD, makeStage, ROOT } from "../../support/compiling.ts";
import { Home } from "../../support/home.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const HOST = findTarget(Deno.build.target) as Target;
const NEEDS = "(needs a runtime to compile with: DENORT_BIN, DENORT_DIR, or VPO_TEST_COMPILE=1 to download it)";
const ignore = !canCompile;

/** What a probe that is compiled with the program's own flags finds. */
async function grants(directories: readonly string[]): Promise<Record<string, string>> {
  using output = new TemporaryDirectory();
  using stage = makeStage();
  Deno.copyFileSync(new URL("grants_probe.ts", import.meta.url), join(stage.bundled, "grants_probe.ts"));
  const executable = output.file("probe");
  compile(stage, HOST, executable, { directories, entry: "grants_probe.ts" });
  const { code, stdout, stderr } = await run(executable, []);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

function granted(found: Record<string, string>): string[] {
  return Object.keys(found).filter((name) => found[name] === "granted");
}

/** What every build has. */
const COMMON = GRANTS.flatMap(({ flag, values }) => values.map((value) => `${flag.slice("--allow-".length)} ${value}`));

Deno.test({
  name: `compile: the executable has exactly the grants of the table ${NEEDS}`,
  ignore,
  async fn() {
    const files = ["", " /allowed/deeper", " /"];
    const everywhere = [...files.map((path) => `read${path}`), ...files.map((path) => `write${path}`)];
    assert.deepEqual(granted(await grants([])), [...everywhere, ...COMMON]);
  },
});

Deno.test({
  name: `compile: built for directories, it may use nothing but these ${NEEDS}`,
  ignore,
  async fn() {
    const found = await grants(["/allowed", "/other"]);
    assert.deepEqual(granted(found), ["read /allowed/deeper", "write /allowed/deeper", ...COMMON]);
  },
});

Deno.test({
  name: `compile: the same source gives the same bytes, from another directory and with other times ${NEEDS}`,
  ignore,
  fn() {
    using output = new TemporaryDirectory();
    using copy = new TemporaryDirectory();
    const copied = join(copy.path, "a directory", "elsewhere");
    Deno.mkdirSync(copied, { recursive: true });
    assert(
      new Deno.Command("cp", { args: ["-R", `${ROOT}src`, `${ROOT}deno.json`, `${ROOT}deno.lock`, copied] })
        .outputSync().success,
    );
    const sums = [ROOT, copied].map((root, index) => {
      using stage = makeStage(FREE_BUILD, root);
      const executable = output.file(String(index));
      compile(stage, HOST, executable);
      return createHash("sha256").update(Deno.readFileSync(executable)).digest("hex");
    });
    assert.equal(sums[0], sums[1]);
  },
});

Deno.test({
  name: `compile: an executable that was built for two directories uses them by default and no others ${NEEDS}`,
  ignore,
  async fn() {
    using home = Home.withLibrary();
    using output = new TemporaryDirectory();
    const executable = output.file("vpo-backup");
    const directories = { library: home.vpo, backups: home.backups };
    using stage = makeStage({ commit: null, directories });
    compile(stage, HOST, executable, { directories: Object.values(directories) });
    const inEmptiness = { clearEnv: true, cwd: output.path } as const;
    const backup = (...args: string[]) => new Deno.Command(executable, { ...inEmptiness, args }).outputSync();

    assert.equal(backup("backup").code, 0);
    assert.equal(home.archives().length, 1);
    const refused = backup("backup", "--output", output.path);
    assert.equal(refused.code, 40);
    assert.match(new TextDecoder().decode(refused.stderr), /the sandbox does not allow (read|write) access to/);
    assert.deepEqual(output.names(), ["vpo-backup"]);
    const { stdout } = await run(executable, ["backups", "--json"]);
    assert.equal((JSON.parse(stdout) as { directory: string }).directory, home.backups);
  },
});

Deno.test({
  name: `build.ts: packs what was compiled, with its checksum, and smoke.ts finds that it works ${NEEDS}`,
  ignore,
  async fn() {
    using output = new TemporaryDirectory();
    const script = (name: string, ...args: string[]) =>
      run(Deno.execPath(), ["run", "-A", `${ROOT}scripts/${name}`, ...args]);
    const made = await script("build.ts", "--package", "--output", output.path);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    const [, file = ""] =
      /^[0-9a-f]{64} {2}(vpo-backup-\S+)\n$/.exec(Deno.readTextFileSync(output.file("SHA256SUMS"))) ?? [];
    assert.deepEqual(output.names(), ["SHA256SUMS", file]);
    const { stdout } = await run(TAR, ["-tf", output.file(file)]);
    const directory = file.replace(/\.(zip|tar\.gz)$/, "/");
    const names = stdout.trim().split(/\r?\n/).map((name) => name.replace(directory, ""));
    for (const name of ["README.md", "LICENSE", "LICENSES-OF-PACKAGES", "vpo-backup.1"]) assert(names.includes(name));
    assert.match(names[0] ?? "", /^vpo-backup(\.exe)?$/);

    const tried = await script("smoke.ts", output.path);
    assert.deepEqual([tried.code, tried.stderr], [0, ""]);
    Deno.writeTextFileSync(output.file("SHA256SUMS"), `${"0".repeat(64)}  ${file}\n`);
    const refused = await script("smoke.ts", output.path);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is not what SHA256SUMS says/);
  },
});

Deno.test("build.ts: wrong options are refused with what there is", async () => {
  const wrong = [["--target", "pdp11"], ["--all", "--target", HOST.triple], ["--library-dir", "/a"], ["extra"]];
  for (const args of [...wrong, ["--library-dir", "/a,/b", "--backup-dir", "/c"]]) {
    const { code, stderr } = await run(Deno.execPath(), ["run", "-A", `${ROOT}scripts/build.ts`, ...args]);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, /^Usage: build\.ts /);
  }
});
