import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { sha256 } from "./support/bytes.ts";
import { execute, query } from "./support/database.ts";
import { testMore } from "./support/extent.ts";
import { readmeBlocks } from "./support/readme.ts";
import { ShellHome } from "./support/shell_home.ts";
import { ENTER, hasTerminal, runOnTerminal } from "./support/terminal.ts";

const EVERYTHING = "SELECT json_array(path, size_bytes, content_hash, modified_at, scanned_at) FROM files ORDER BY id";
const QUESTION = "? [y/N] ";
/** More than that nobody reads. */
const MOST_LINES = 320;

/** The lines that a section has people type, with their second disk below the test's home. */
function linesOf(title: string, home: ShellHome): string[] {
  const blocks = readmeBlocks("README.md", title, "sh").map((text) => text.trimEnd().split("\n"));
  return blocks.flat().map((line) => line.replaceAll("/mnt/usb", disk(home)));
}

function disk(home: ShellHome): string {
  return join(home.path, "usb");
}

/** Runs a line of a shell as a person would, at a terminal, who says yes where they are asked. */
async function typed(home: ShellHome, line: string): Promise<string> {
  const questions = line.includes("--settings") ? 2 : /^vpo-backup (restore|undo)\b/.test(line) ? 1 : 0;
  const asks = Array.from({ length: questions }, () => ({ await: QUESTION, send: `y${ENTER}` }));
  const shell = { program: "/bin/sh", args: ["-c", line], env: home.env, cwd: home.path };
  const { code, terminal } = await runOnTerminal(shell, asks);
  assert.equal(code, 0, `${line}\n${terminal}`);
  return terminal;
}

testMore({
  name: "README: who follows it has copies and nightly backups, gets a lost library back, and undoes a mistake",
  ignore: !hasTerminal || Deno.build.os === "windows",
  async fn() {
    using home = new ShellHome();
    home.putLibrary();
    const settings = { "config.toml": "[server]\n", "policies/film.yaml": "name: film\n", "plugins/own.py": "pass\n" };
    for (const [name, text] of Object.entries(settings)) {
      Deno.mkdirSync(join(home.vpo, dirname(name)), { recursive: true });
      Deno.writeTextFileSync(join(home.vpo, name), text);
    }
    const all = async (lines: readonly string[]) => {
      assert(lines.length > 0);
      let said = "";
      for (const line of lines) said += await typed(home, line);
      return said;
    };
    const contents = () => sha256(new TextEncoder().encode(JSON.stringify(query(home.library, EVERYTHING))));

    assert.match(await all(linesOf("## The first backup", home)), /Verified: [^]*\nAll is well\.\n$/);
    assert.equal(home.archives().length, 1);

    Deno.mkdirSync(disk(home));
    const copying = linesOf("## A second copy", home);
    await all(copying);
    assert.equal(Array.from(Deno.readDirSync(disk(home))).filter(({ name }) => name.endsWith(".tar.gz")).length, 2);
    Deno.renameSync(disk(home), `${disk(home)} in a drawer`);
    Deno.mkdirSync(disk(home));
    const unattended = `${copying.at(-1)} < /dev/null`;
    assert.match(await typed(home, unattended), /is its disk unplugged\?[^]*Backup created: /);

    const [schedule = "", ...look] = linesOf("## Every night, and being told when it stops", home);
    assert.match(await typed(home, schedule), /systemctl enable --now vpo-backup\.timer vpo-backup-check\.timer/);
    const unit = (name: string) => Deno.readTextFileSync(join(home.path, "units", name));
    assert.match(unit("vpo-backup-heartbeat.service"), /^ExecStart=.*curl .*https:\/\/hc-ping\.com\/UUID/m);
    assert.match(unit("vpo-backup.service"), /^OnFailure=vpo-backup-alert\.service$/m);
    const nightly = /^ExecStart=\S+ (backup .*)$/m.exec(unit("vpo-backup.service"))?.[1] ?? "";
    assert.match(nightly, / --keep-daily 7 --keep-weekly 8 --keep-monthly 12\b/);
    assert(nightly.includes(` --copy-to ${disk(home)}`), nightly);
    await typed(home, `vpo-backup ${nightly} < /dev/null`);
    assert.match(await all(look), /OK: [^]*Backups in [^]*ok {2}[^]*Report written: /);

    const lost = contents();
    Deno.removeSync(home.library);
    const [restore = "", undo = "", anew = ""] = linesOf("## The bad day", home);
    assert.match(await typed(home, restore), /Restore complete\./);
    assert.equal(contents(), lost);

    execute(home.library, "DELETE FROM files WHERE id = 1");
    const wanted = contents();
    assert.notEqual(wanted, lost);
    await typed(home, restore);
    assert.equal(contents(), lost);
    await typed(home, undo);
    assert.equal(contents(), wanted);

    Deno.renameSync(home.backups, join(home.path, "backups"));
    Deno.removeSync(home.vpo, { recursive: true });
    Deno.mkdirSync(home.vpo);
    Deno.renameSync(join(home.path, "backups"), home.backups);
    await typed(home, anew);
    assert.equal(contents(), lost);
    for (const [name, text] of Object.entries(settings)) {
      assert.equal(Deno.readTextFileSync(join(home.vpo, name)), text);
    }
  },
});

Deno.test("README: is short enough to be read, and nothing that people paste destroys anything", () => {
  const readme = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  assert(readme.split("\n").length <= MOST_LINES + 1);
  assert.doesNotMatch(readme, /^\s*(?:sudo )?(?:rm|mv|dd) /m);
});
