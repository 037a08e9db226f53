import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { sha256 } from "./support/bytes.ts";
import { isInstalled, run } from "./support/commands.ts";
import { contentHash } from "./support/database.ts";
import { testMore } from "./support/extent.ts";
import { readmeBlocks } from "./support/readme.ts";
import { ShellHome } from "./support/shell_home.ts";

/** The recipes for backups that leave the house, each a script. */
function recipes(): string[] {
  return [
    ...readmeBlocks("README.md", "## A second copy", "bash"),
    ...readmeBlocks("src/cli/README.md", "## Out of the house", "bash"),
  ];
}

/** A home with a key of age's and a remote of rclone's, which is a directory. */
class Recipes extends ShellHome {
  readonly remote = join(this.path, "far away");

  async bash(script: string): Promise<{ readonly code: number; readonly stderr: string }> {
    const env = { ...this.env, RCLONE_CONFIG_REMOTE_TYPE: "alias", RCLONE_CONFIG_REMOTE_REMOTE: this.remote };
    const all = `cd "$HOME"\nRECIPIENT=$(age-keygen -y key.txt)\n${script}`;
    const command = new Deno.Command("bash", { args: ["-c", all], env, clearEnv: true });
    const { code, stderr } = await command.output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  }

  /** What is there by now. */
  sent(): string[] {
    return Array.from(Deno.readDirSync(join(this.remote, "vpo")), ({ name }) => name).sort();
  }
}

async function withKey(): Promise<Recipes> {
  const home = new Recipes();
  home.putLibrary();
  Deno.mkdirSync(home.remote);
  assert.equal((await run("age-keygen", ["-o", join(home.path, "key.txt")])).code, 0);
  return home;
}

const hasTools = ["age", "age-keygen", "rclone", "bash"].every((tool) => isInstalled(tool, "--version"));

testMore({
  name: "README: a finished archive goes out of the house encrypted, is checked there, and comes back",
  ignore: !hasTools,
  async fn() {
    using home = await withKey();
    const [send = "", back = ""] = recipes();
    const sending = await home.bash(send);
    assert.equal(sending.code, 0, sending.stderr);
    assert.match(home.sent().join(), /^vpo-library-[^,]*Z\.tar\.gz\.age$/);
    const before = contentHash(home.library);
    Deno.removeSync(home.library);
    const restored = await home.bash(back);
    assert.equal(restored.code, 0, restored.stderr);
    assert.equal(contentHash(home.library), before);
  },
});

testMore({
  name: "README: what backup -o - sends comes back, and one that fails is told of and replaces nothing",
  ignore: !hasTools,
  async fn() {
    using home = await withKey();
    const [, back = "", pipe = ""] = recipes();
    const sending = await home.bash(pipe);
    assert.equal(sending.code, 0, sending.stderr);
    const [good = ""] = home.sent();
    assert.match(good, /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.tar\.gz\.age$/);
    const sent = sha256(Deno.readFileSync(join(home.remote, "vpo", good)));
    // The next one has a name of its own, for the time in it has seconds.
    while (new Date().toISOString().slice(0, 19).replaceAll(":", "-") <= good.slice(0, 19)) await delay(50);
    Deno.renameSync(home.library, `${home.library}.away`);
    const failed = await home.bash(pipe);
    assert.equal(failed.code, 20, failed.stderr);
    assert.equal(sha256(Deno.readFileSync(join(home.remote, "vpo", good))), sent);
    // What nothing was made into is no archive, and a restore says so.
    const empty = await home.bash(back);
    assert.notEqual(empty.code, 0);
    for (const name of home.sent().slice(1)) Deno.removeSync(join(home.remote, "vpo", name));
    assert.equal((await home.bash(back)).code, 0);
  },
});
