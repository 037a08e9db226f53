import assert from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "./support/bytes.ts";
import { execute, query } from "./support/database.ts";
import { ShellHome } from "./support/shell_home.ts";
import { ENTER, hasTerminal, runOnTerminal } from "./support/terminal.ts";

const TITLE = "## From nothing to nightly backups in five minutes";
const EVERYTHING = "SELECT json_array(path, size_bytes, content_hash, modified_at, scanned_at) FROM files ORDER BY id";
const QUESTION = "? [y/N] ";

/** The section's blocks in this language, each as its lines. */
function blocks(language: string): string[][] {
  const readme = Deno.readTextFileSync(new URL("../README.md", import.meta.url));
  const begin = readme.indexOf(TITLE);
  assert.notEqual(begin, -1, "the README has no such section");
  const section = readme.slice(begin, readme.indexOf("\n## ", begin));
  return Array.from(section.matchAll(/^```(\w+)\n([^]*?)^```$/gm))
    .filter(([, named]) => named === language)
    .map(([, , text = ""]) => text.trimEnd().split("\n"));
}

/** Runs a line of a shell as a person would, at a terminal, who says yes where they are asked. */
async function typed(home: ShellHome, line: string): Promise<string> {
  const asks = /^vpo-backup (restore|undo)\b/.test(line) ? [{ await: QUESTION, send: `y${ENTER}` }] : [];
  const shell = { program: "/bin/sh", args: ["-c", line], env: home.env, cwd: home.path };
  const { code, terminal } = await runOnTerminal(shell, asks);
  assert.equal(code, 0, `${line}\n${terminal}`);
  return terminal;
}

Deno.test({
  name: "README: who follows it from nothing has nightly backups, gets a lost library back, and undoes a mistake",
  ignore: !hasTerminal || Deno.build.os === "windows",
  async fn() {
    using home = new ShellHome();
    home.putLibrary();
    const [first = [], schedule = [], look = [], lose = [], restore = [], mistake = [], ...more] = blocks("sh");
    assert.deepEqual(more, []);
    const all = async (lines: readonly string[]) => {
      let said = "";
      for (const line of lines) said += await typed(home, line);
      return said;
    };
    const contents = () => sha256(new TextEncoder().encode(JSON.stringify(query(home.library, EVERYTHING))));
    const lost = contents();

    assert.match(await all(first), /Verified: [^]*\nAll is well\.\n$/);
    assert.equal(home.archives().length, 1);

    await all(schedule);
    const units = Deno.readTextFileSync(join(home.path, "vpo-backup.units"));
    for (const line of blocks("text").flat()) assert(units.includes(`\n#   ${line}\n`), line);
    const nightly = /^ExecStart=\S+ (backup .*)$/m.exec(units)?.[1] ?? "";
    assert.match(nightly, / --keep-daily 7 --keep-weekly 8 --keep-monthly 12$/);
    await typed(home, `vpo-backup ${nightly}`);

    assert.match(await all(look), /OK: [^]*Backups in [^]*ok {2}/);

    await all(lose);
    assert.throws(() => Deno.statSync(home.library), Deno.errors.NotFound);
    assert.match(await all(restore), /Restore complete\./);
    assert.equal(contents(), lost);

    execute(home.library, "DELETE FROM files WHERE id = 1");
    const wanted = contents();
    assert.notEqual(wanted, lost);
    await all(mistake);
    assert.equal(contents(), wanted);
  },
});
