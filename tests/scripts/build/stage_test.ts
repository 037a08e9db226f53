import assert from "node:assert/strict";
import { dirname, join, relative } from "node:path";
import { filesBelow } from "../../../scripts/build/files.ts";
import type { Stage } from "../../../scripts/build/stage.ts";
import { permissionFlags, RUNTIME_FLAGS } from "../../../scripts/permissions.ts";
import { BUILD_TIME, FREE_BUILD, makeStage, ROOT } from "../../support/compiling.ts";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import type { Outcome } from "../../support/program.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const decoder = new TextDecoder();
/** Names of the modules that are loaded later than the entry. */
const LATER = filesBelow(join(ROOT, "src"))
  .filter((file) => file.endsWith(".ts"))
  .flatMap((file) => Array.from(Deno.readTextFileSync(file).matchAll(/import\("[^"]*\/(\w+)\.ts"\)/g)))
  .map(([, name]) => name);

/** Runs the staged modules as its executable would run. */
function runStage(stage: Stage, directories: readonly string[], args: readonly string[], env = {}): Outcome {
  const read = directories.length === 0 ? [] : [...directories, stage.bundled];
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...RUNTIME_FLAGS, ...permissionFlags(read, directories), "src/main.js", ...args],
    cwd: stage.bundled,
    env: { DENO_DIR: stage.denoDirectory, ...env },
    clearEnv: true,
  }).outputSync();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

testMore(
  "Stage: has a module for each thread, and what is loaded later, no trace of where it was made, and goes away",
  () => {
    const stage = makeStage();
    {
      using _ = stage;
      const files = filesBelow(stage.bundled);
      const names = files.map((file) => relative(stage.bundled, file).replace(/-[0-9A-Z]{8}\.js$/, ".js"));
      const later = [...LATER, "chunk"].map((name) => `src/${name}.js`);
      assert.deepEqual(new Set(names), new Set(["src/main.js", ...later, ...stage.workers, "deno.json"]));
      for (const file of files) {
        assert.equal(Deno.statSync(file).mtime?.getTime(), BUILD_TIME.getTime(), file);
        const text = Deno.readTextFileSync(file);
        assert.doesNotMatch(text, /sourceMappingURL=|^(import|export) .*from "(?!node:|\.)/m, file);
        assert(!text.includes(dirname(stage.bundled)), file);
        // The first use of Intl takes as long as half of the start of the runtime.
        assert.doesNotMatch(text, /^(?:var|let|const) \w+ = new Intl\./m, file);
      }
      assert(files.some((file) => Deno.readTextFileSync(file).includes(`"${FREE_BUILD.commit}"`)));
      assert.equal(runStage(stage, [], ["--version"]).code, 0);
    }
    assert.throws(() => Deno.statSync(dirname(stage.bundled)), Deno.errors.NotFound);
  },
);

function archivesIn(directory: string): number {
  return Array.from(Deno.readDirSync(directory)).filter(({ name }) => name.endsWith(".tar.gz")).length;
}

testMore("Stage: built for two directories, these are the defaults, flags win, and others are refused", () => {
  using home = Home.withLibrary();
  using backups = new TemporaryDirectory();
  using outside = new TemporaryDirectory();
  const directories = { library: home.vpo, backups: backups.path };
  const allowed = Object.values(directories);
  using stage = makeStage({ commit: null, directories });

  const made = runStage(stage, allowed, ["backup", "--json"]);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  assert.equal(backups.names().length, 1);
  assert.equal(runStage(stage, allowed, ["restore", "latest", "--yes"]).code, 0);

  const second = join(backups.path, "second");
  assert.equal(runStage(stage, allowed, ["backup", "--make-dir", "--backup-dir", second]).code, 0);
  assert.equal(archivesIn(second), 1);
  assert.equal(runStage(stage, allowed, ["backup", "--make-dir"], { VPO_BACKUP_DIR: second }).code, 0);
  assert.equal(archivesIn(second), 2);

  const refused = runStage(stage, allowed, ["backup", "--output", outside.path]);
  assert.deepEqual([refused.code, refused.stdout], [40, ""]);
  assert.match(refused.stderr, /^Error: Cannot .*: the sandbox does not allow (read|write) access to "/);
  assert.deepEqual(outside.names(), []);
});
