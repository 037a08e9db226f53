import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import { putArchiveWithSettings } from "../../support/settings.ts";
import { type Action, ENTER, hasTerminal, runOnTerminal, type TerminalOutcome } from "../../support/terminal.ts";

const LIBRARY = "This will replace your current library database. Continue? [y/N] ";
const SETTINGS = "Restore these settings, too? [y/N] ";
const ONLY = "Restore these settings? [y/N] ";
const CONTENT = { "config.toml": "[server]\n", "policies/a.yaml": "a", "plugins/p.py": "p" };
const DECLINED = /Error: Cancelled; nothing was changed\n$/;

/** A test on a terminal, in a home with a library, a `config.toml` of its own, and a backup with settings. */
function test(name: string, body: (home: Home, archive: string) => Promise<void>, declare = Deno.test): void {
  declare({
    name,
    ignore: !hasTerminal,
    async fn() {
      using home = Home.withLibrary();
      const archive = await putArchiveWithSettings(home, CONTENT);
      Deno.writeTextFileSync(join(home.vpo, "config.toml"), "# mine\n");
      await body(home, archive);
    },
  });
}

async function run(home: Home, args: readonly string[], script: readonly Action[]): Promise<TerminalOutcome> {
  const command = programCommand([...args, "--no-color", "--no-progress"], { home: home.path });
  const { code, terminal } = await runOnTerminal(command, script, { columns: 200 });
  return { code, terminal: home.masked(terminal) };
}

function yes(question: string): Action {
  return { await: question, send: `y${ENTER}` };
}

function no(question: string): Action {
  return { await: question, send: ENTER };
}

function settings(home: Home): (string | null)[] {
  return Object.keys(CONTENT).map((name) => {
    try {
      return Deno.readTextFileSync(join(home.vpo, ...name.split("/")));
    } catch {
      return null;
    }
  });
}

test("answer: --settings asks for the library, then for the settings by name", async (home, archive) => {
  const { code, terminal } = await run(home, ["restore", archive, "--settings"], [yes(LIBRARY), yes(SETTINGS)]);
  assert.equal(code, 0, terminal);
  assert(
    terminal.includes(
      `Settings in the backup:
  Missing here: policies/a.yaml
  Different here: config.toml
  Replaced ones are kept in: HOME/.vpo/settings.before-restore-NOW

${SETTINGS}y

Restore complete.
`,
    ),
    terminal,
  );
  assert.deepEqual(settings(home), ["[server]\n", "a", null]);
}, testMore);

test("answer: --plugins says that they are programs that VPO will run", async (home, archive) => {
  const { code, terminal } = await run(home, ["restore", archive, "--plugins"], [yes(LIBRARY), yes(SETTINGS)]);
  assert.equal(code, 0, terminal);
  assert(
    terminal.includes(
      `Settings in the backup:
  Missing here: plugins/p.py
  Plugins are programs that VPO will run.

${SETTINGS}y
`,
    ),
    terminal,
  );
  assert.deepEqual(settings(home), ["# mine\n", null, "p"]);
}, testMore);

test("answer: a no to the library changes nothing, one to the settings leaves just them", async (home, archive) => {
  const before = home.state();
  const neither = await run(home, ["restore", archive, "--settings"], [no(LIBRARY)]);
  assert.equal(neither.code, 1);
  assert.match(neither.terminal, DECLINED);
  const none = await run(home, ["restore", archive, "--settings-only"], [no(ONLY)]);
  assert.equal(none.code, 1);
  assert.match(none.terminal, DECLINED);
  assert.deepEqual(home.state(), before);
  const library = await run(home, ["restore", archive, "--settings"], [yes(LIBRARY), no(SETTINGS)]);
  assert.equal(library.code, 0, library.terminal);
  assert.match(library.terminal, /Restore complete\.\n/);
  assert.deepEqual(settings(home), ["# mine\n", null, null]);
});

test("answer: without a flag one question, after a line on the settings", async (home, archive) => {
  const { code, terminal } = await run(home, ["restore", archive], [yes(LIBRARY)]);
  assert.equal(code, 0, terminal);
  const line = "Settings not restored: 2 missing here, 1 different here: plugins/p.py, policies/a.yaml, config.toml";
  assert(terminal.indexOf(line) > 0 && terminal.indexOf(line) < terminal.indexOf(LIBRARY), terminal);
}, testMore);

test("answer: where all is as in the backup nobody is asked about settings", async (home, archive) => {
  assert.equal((await run(home, ["restore", archive, "--settings-only"], [yes(ONLY)])).code, 0);
  assert.equal((await run(home, ["restore", archive, "--settings"], [yes(LIBRARY)])).code, 0);
  assert.equal((await run(home, ["restore", archive, "--settings-only"], [])).code, 0);
}, testMore);

test("checkRestoredConfig: on a terminal another database_path is said before the question", async (home) => {
  const config = { "config.toml": `database_path = "/srv/media.db"\n` };
  const archive = await putArchiveWithSettings(home, config, "vpo-library-2026-02-06T14-30-22Z.tar.gz");
  const { code, terminal } = await run(home, ["restore", archive, "--settings"], [yes(LIBRARY), no(SETTINGS)]);
  assert.equal(code, 0, terminal);
  const said = 'VPO opens "/srv/media.db", but the library goes to "HOME/.vpo/library.db"';
  assert(terminal.indexOf(said) > 0 && terminal.indexOf(said) < terminal.indexOf(SETTINGS), terminal);
}, testMore);
