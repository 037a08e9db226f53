import assert from "node:assert/strict";
import { someOf, triesAll } from "../support/extent.ts";
import { contentHash, execute, isSound, query } from "../support/database.ts";
import { Faults } from "../support/faults.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { canActBeside, SecondProgram } from "../support/surroundings/second_program.ts";

/** Programs that no lock shows: opened before and not used yet, or waiting until the library is let go. */

type Verb = "restore" | "undo";
type JournalMode = "wal" | "delete";

const ignore = !canActBeside;
const COMMANDS: Readonly<Record<Verb, readonly string[]>> = {
  restore: ["restore", "latest", "--yes"],
  undo: ["undo", "--yes"],
};
const MODES: readonly JournalMode[] = ["wal", "delete"];
const SAMPLE = { restore: "wal", undo: "delete" } as const;
const SET_ASIDE = ".before-restore-2026-02-06T09-12-44Z";
const CHANGE = "INSERT INTO _meta VALUES ('late', 'change')";
const REFUSED = "attempt to write a readonly database";
const IS = "SELECT value FROM _meta WHERE key IN ('is', 'late')";

const faults = new Faults();
Deno.test.afterAll(() => faults[Symbol.dispose]());

/** A library in this mode, one that was set aside, and an archive: each can be told from the others. */
function prepare(mode: JournalMode): Home {
  const home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.present);
  home.putLibrary(home.library + SET_ASIDE);
  for (const [path, is] of [[home.library, "the library"], [home.library + SET_ASIDE, "set aside"]] as const) {
    execute(path, `PRAGMA journal_mode = ${mode}; INSERT INTO _meta VALUES ('is', '${is}')`);
  }
  return home;
}

/** The new library is whole, nothing of the old one is beside it, and the old one is kept as it was. */
function assertReplaced(home: Home, verb: Verb): void {
  const kept = namesIn(home.vpo).filter((name) => name.includes(".before-restore-"));
  const [newest = ""] = kept.filter((name) => !name.endsWith(SET_ASIDE));
  assert.deepEqual(namesIn(home.vpo).filter((name) => !kept.includes(name)), ["backups", "library.db"]);
  assert(isSound(home.library));
  assert.deepEqual(query(home.library, IS), verb === "undo" ? ["set aside"] : []);
  assert(isSound(`${home.vpo}/${newest}`));
  assert.deepEqual(query(`${home.vpo}/${newest}`, IS), ["the library"]);
}

for (const verb of ["restore", "undo"] as const) {
  for (const mode of triesAll ? MODES : [SAMPLE[verb]]) {
    for (const noLinks of mode === "wal" ? someOf([false, true], 1) : [false]) {
      const where = `a library in ${mode} mode${noLinks ? " without hard links" : ""}`;

      Deno.test({
        name: `${verb}: who opened ${where} before and has read nothing cannot write beside the new one`,
        ignore,
        async fn() {
          using home = prepare(mode);
          await using program = new SecondProgram(home.library);
          for (const line of ["connect 0", "PRAGMA busy_timeout = 0"]) assert.equal(await program.ask(line), "ok");
          // Nothing is disturbed but that there may be no hard links.
          await faults.calls({ noLinks }, home, ...COMMANDS[verb]);
          assert.equal(await program.ask(CHANGE), REFUSED);
          assert.equal(await program.ask("PRAGMA journal_mode = WAL"), REFUSED);
          assertReplaced(home, verb);
        },
      });

      Deno.test({
        name: `${verb}: who waits for ${where} to be let go cannot write beside the new one`,
        ignore,
        async fn() {
          using home = prepare(mode);
          await using program = new SecondProgram(home.library);
          let change = Promise.resolve("");
          const moment = { call: { kind: "rename", path: home.library }, at: 1, noLinks } as const;
          const { code, stderr } = await faults.runStopped(moment, home, COMMANDS[verb], async () => {
            assert.equal(await program.ask("connect 60"), "ok");
            const asked = await program.begin(CHANGE);
            assert(asked.waits, "the library is locked");
            change = asked.answer;
          });
          assert.equal(code, 0, stderr);
          assert.equal(await change, REFUSED);
          assertReplaced(home, verb);
        },
      });

      Deno.test({
        name: `${verb}: a failing rename over ${where} leaves it as it was to those who wait for it`,
        ignore,
        async fn() {
          using home = prepare(mode);
          const [names, content] = [namesIn(home.vpo), contentHash(home.library)];
          const fault = { call: { kind: "rename", path: home.library }, at: 1, mishap: "EIO", noLinks } as const;
          const { code, stderr } = await faults.run(fault, home, ...COMMANDS[verb]);
          assert.equal(code, 40, stderr);
          assert.deepEqual(namesIn(home.vpo), names);
          assert.equal(contentHash(home.library), content);
          assert.deepEqual(query(home.library, "PRAGMA journal_mode"), [mode]);
        },
      });
    }
  }
}

Deno.test({
  name: "restore: a failing rename leaves no copy of the library where no inode tells files apart, as often on Windows",
  ignore,
  async fn() {
    using home = prepare("wal");
    const names = namesIn(home.vpo);
    const call = { kind: "rename", path: home.library } as const;
    const fault = { call, at: 1, mishap: "EIO", noLinks: true, noInodes: true } as const;
    const { code, stderr } = await faults.run(fault, home, ...COMMANDS.restore);
    assert.equal(code, 40, stderr);
    assert.deepEqual(namesIn(home.vpo), names);
    assert.deepEqual(query(home.library, "PRAGMA journal_mode"), ["wal"]);
  },
});
