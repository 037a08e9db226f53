import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { VERSION } from "../src/version.ts";
import { TAR } from "./build/archives.ts";
import { CHECKSUMS, executableName, packageFile, packageName } from "./build/package.ts";
import { findTarget, type Target } from "./build/targets.ts";
import { makeLibrary } from "./make_library.ts";

/** Tries the package of this system on a sample library: smoke.ts [DIRECTORY], by default dist. */
const DIST = join(import.meta.dirname ?? ".", "..", "dist");
const SAMPLE_FILES = 2_000;

function smoke(packages: string, work: string): void {
  const target = findTarget(Deno.build.target);
  assert(target !== null, `there is no package for ${Deno.build.target}`);
  const executable = unpack(packages, target, work);
  const home = join(work, "home");
  Deno.mkdirSync(join(home, ".vpo"), { recursive: true });
  makeLibrary(join(home, ".vpo", "library.db"), { files: SAMPLE_FILES });

  assert.equal(run(executable, home, "--version"), `vpo-backup ${VERSION}\n`);
  const made = JSON.parse(run(executable, home, "backup", "--json"));
  assert.deepEqual([made.success, made.verified, made.file_count], [true, true, SAMPLE_FILES]);
  const listed = JSON.parse(run(executable, home, "list", "--json"));
  assert.deepEqual([listed.total_count, listed.backups[0].file_count], [1, SAMPLE_FILES]);
  const restored = JSON.parse(run(executable, home, "restore", "latest", "--yes", "--json"));
  assert.deepEqual([restored.success, restored.file_count], [true, SAMPLE_FILES]);
  assert.equal(JSON.parse(run(executable, home, "undo", "--yes", "--json")).success, true);
  say(`${packageFile(target)}: backed up, listed, restored and took back ${SAMPLE_FILES} files`);
}

/** Unpacks the package of a target, which must be what the checksums say, and gives the path of the executable. */
function unpack(packages: string, target: Target, work: string): string {
  const file = packageFile(target);
  const path = join(packages, file);
  const sum = createHash("sha256").update(Deno.readFileSync(path)).digest("hex");
  const sums = Deno.readTextFileSync(join(packages, CHECKSUMS));
  assert(sums.split("\n").includes(`${sum}  ${file}`), `${file} is not what ${CHECKSUMS} says`);
  assert(new Deno.Command(TAR, { args: ["-xf", path, "-C", work] }).outputSync().success);
  return join(work, packageName(target), executableName(target));
}

function run(executable: string, home: string, ...args: string[]): string {
  const env = {
    HOME: home,
    USERPROFILE: home,
    VPO_DATA_DIR: "",
    VPO_DATABASE_PATH: "",
    VPO_CONFIG_PATH: "",
    VPO_BACKUP_DIR: "",
    VPO_BACKUP_CONFIG: "",
    VPO_BACKUP_COPY_TO: "",
  };
  const { code, stdout, stderr } = new Deno.Command(executable, { args, env, cwd: home }).outputSync();
  const said = new TextDecoder().decode(stdout);
  assert.equal(code, 0, `${args.join(" ")}: ${said}${new TextDecoder().decode(stderr)}`);
  return said;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text + "\n"));
}

const work = Deno.makeTempDirSync({ prefix: "vpo-smoke-" });
try {
  smoke(Deno.args[0] ?? DIST, work);
} finally {
  Deno.removeSync(work, { recursive: true });
}
