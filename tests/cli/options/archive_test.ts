import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";
import { BINARY, narrowPermissions } from "../../support/program.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const { present: PRESENT } = VPO_ARCHIVES;

Deno.test("archiveAt: a directory of that name is not what a date means", async () => {
  using home = Home.withLibrary();
  home.putArchive(PRESENT);
  for (const directory of [home.path, home.backups]) {
    const path = join(directory, "2026-02-05");
    Deno.mkdirSync(path);
    const { code, stdout } = await home.run(["show", "2026-02-05", "--quick", "--json"]);
    const { path: found } = home.document(stdout) as { path: string };
    assert.deepEqual([code, found], [0, `HOME/.vpo/backups/${PRESENT}`]);
    Deno.removeSync(path);
  }
  Deno.mkdirSync(join(home.path, "lost"));
  const { code, stderr } = await home.run(["restore", "lost", "--yes"]);
  assert.match(home.masked(stderr), /^Error: Cannot restore "HOME\/lost": it is not a regular file\n/);
  assert.equal(code, 40);
});

testMore({
  name: "archiveAt: the current directory need not be this user's to look into (needs setpriv as root)",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    const cwd = join(home.path, "closed");
    Deno.mkdirSync(cwd);
    Deno.chmodSync(cwd, 0);
    // As after "sudo -u" in /root: the program is started there and may not look into it.
    const run = async (...args: string[]) => await home.run(args, { through: ["env", "-C", cwd, ...OBEYING_MODES] });
    for (const args of [["restore", "2026-02-05", "--dry-run"], ["show", "2026-02-05"], ["verify", "2026-02-05"]]) {
      const { code, stderr } = await run(...args);
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await run("show", "lost");
    assert.equal(
      home.masked(stderr),
      'Error: Cannot show "lost": there is no such archive in "HOME/.vpo/backups"\n' +
        "List backups with: vpo-backup backups\n",
    );
    assert.equal(code, 20);
    Deno.chmodSync(cwd, 0o700);
  },
});

testMore({
  name: "archiveAt: the current directory need not be in the sandbox",
  // An executable has its own permissions.
  ignore: BINARY !== undefined,
  async fn() {
    using home = Home.withLibrary();
    home.putArchive(PRESENT);
    using elsewhere = new TemporaryDirectory();
    const surroundings = { cwd: elsewhere.path, permissions: narrowPermissions([home.path], [home.path]) };
    const { code, stderr } = await home.run(["restore", "2026-02-05", "--dry-run"], surroundings);
    assert.equal(code, 0, stderr);
  },
});
