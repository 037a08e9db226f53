import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { isInstalled } from "../support/commands.ts";
import { Home } from "../support/home.ts";
import { BINARY, runProgram, type Surroundings } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const NEEDS = "(needs an executable: VPO_BACKUP_BIN)";
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const NOBODY = 65_534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

/** The whole life of a library, each step with its arguments; the directories are named because there is no home. */
async function liveThrough(library: string, backups: string, surroundings: Surroundings): Promise<void> {
  const places = ["--library", library, "--backup-dir", backups];
  const steps = [["backup", "--make-dir"], ["backups"], ["verify"], ["status"], ["restore", "latest", "--dry-run"], [
    "restore",
    "latest",
    "--yes",
  ], [
    "undo",
    "--yes",
  ]];
  for (const step of steps) {
    const { code, stdout, stderr } = await runProgram([...step, ...places, "--json"], surroundings);
    assert.equal(code, 0, `${step.join(" ")}: ${stdout}${stderr}`);
    JSON.parse(stdout);
  }
}

Deno.test({
  name: `executable: works from an empty directory with an empty environment and no home ${NEEDS}`,
  ignore: BINARY === undefined,
  async fn() {
    using home = Home.withLibrary();
    using empty = new TemporaryDirectory();
    await liveThrough(home.library, home.backups, { home: null, cwd: empty.path });
    assert.deepEqual(empty.names(), [], "it leaves nothing where it is started");
  },
});

Deno.test({
  name: `executable: works where the temporary directory is read-only ${NEEDS.slice(0, -1)}, root and unshare)`,
  ignore: BINARY === undefined || !isRoot || !isInstalled("unshare", "--mount", "true"),
  async fn() {
    using home = Home.withLibrary();
    const script = 'mount -o bind "$0" "$0" && mount -o remount,bind,ro "$0" && mount -o bind "$1" "$1" && ' +
      'mount -o remount,bind,rw "$1" && ! touch "$0/x" 2>/dev/null && shift && exec "$@"';
    const through = ["unshare", "--mount", "sh", "-c", script, dirname(home.path), home.path];
    await liveThrough(home.library, home.backups, { home: home.path, through });
  },
});

Deno.test({
  name: `executable: works as an ordinary user who owns nothing else ${NEEDS.slice(0, -1)}, root and setpriv)`,
  ignore: BINARY === undefined || !isRoot || !isInstalled("setpriv", ...AS_NOBODY.slice(1), "true"),
  async fn() {
    using home = Home.withLibrary();
    for (const path of [home.path, home.vpo, home.library]) Deno.chownSync(path, NOBODY, NOBODY);
    // The executable may lie where this user may not go.
    const executable = join(home.path, "vpo-backup");
    Deno.copyFileSync(BINARY ?? "", executable);
    const through = [...AS_NOBODY, "--", "sh", "-c", 'shift; exec "$0" "$@"', executable];
    await liveThrough(home.library, home.backups, { home: home.path, through });
    for (const name of home.archives()) assert.equal(Deno.statSync(join(home.backups, name)).uid, NOBODY);
  },
});
