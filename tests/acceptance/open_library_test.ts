import assert from "node:assert/strict";
import { join } from "node:path";
import { contentHash, execute, isSound, query } from "../support/database.ts";
import { someOf, testMore } from "../support/extent.ts";
import { archiveFacts, Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";
import { Peer } from "../support/peer.ts";

/** A library that another program has open, without a lock that SQLite could show, and what a killed restore left. */

const isWindows = Deno.build.os === "windows";
const SET_ASIDE = ".before-restore-2026-02-06T09-12-44Z";
const CHANGE = "INSERT INTO _meta VALUES ('late', 'change')";
const LATE = "SELECT value FROM _meta WHERE key = 'late'";
const COMMANDS = { restore: ["restore", "latest", "--yes"], undo: ["undo", "--yes"] } as const;

const OPENED: readonly (readonly [who: string, mode: string, statements: readonly string[]])[] = [
  ["has opened and not used", "wal", []],
  ["has used", "delete", ["SELECT count(*) FROM files"]],
  ["has opened and not used", "delete", []],
];

for (const verb of ["restore", "undo"] as const) {
  for (const [who, mode, statements] of someOf(OPENED, verb === "restore" ? 2 : 1)) {
    Deno.test(`${verb}: over a library in ${mode} mode that a program ${who}, nothing of either library gets lost`, async () => {
      using home = Home.withLibrary();
      home.putArchive(VPO_ARCHIVES.present);
      home.putLibrary(home.library + SET_ASIDE);
      execute(home.library, `PRAGMA journal_mode = ${mode}`);
      const before = { names: namesIn(home.vpo), content: contentHash(home.library) };
      await using peer = Peer.deno("./sqlite_peer.ts", home.library);
      assert.equal(await peer.answer(), "open");
      for (const statement of statements) assert.equal(await peer.ask(statement), "ok");
      const { code, stderr } = await home.run([...COMMANDS[verb], "--wait", "0.1"]);
      if (isWindows) {
        // No file that is open can be replaced there.
        assert.match(stderr, /library\.db" is in use by another process\nStop VPO/);
        assert.equal(code, 43);
        assert.deepEqual(namesIn(home.vpo), before.names);
        assert.equal(contentHash(home.library), before.content);
        assert.equal(await peer.ask(CHANGE), "ok");
        assert.deepEqual(query(home.library, LATE), ["change"]);
      } else {
        assert.equal(code, 0, stderr);
        assert.equal(await peer.ask(CHANGE), "attempt to write a readonly database");
        assert.deepEqual(query(home.library, LATE), []);
      }
      assert(isSound(home.library));
    });
  }

  testMore(`${verb}: after a restore that was killed when the library had two names it goes through`, async () => {
    using home = Home.withLibrary();
    home.putArchive(VPO_ARCHIVES.present);
    const older = home.putLibrary(`${home.library}.before-restore-2026-01-01T00-00-00Z`);
    execute(older, "INSERT INTO _meta VALUES ('late', 'older')");
    execute(home.library, "PRAGMA journal_mode = delete");
    Deno.linkSync(home.library, `${home.library}${SET_ASIDE}-2`);
    const content = contentHash(home.library);
    const { code, stdout, stderr } = await home.run([...COMMANDS[verb], "--json"]);
    assert.equal(code, 0, stderr + stdout);
    const { previous_library_path: kept } = JSON.parse(stdout) as { previous_library_path: string };
    assert.equal(contentHash(kept), content);
    assert(isSound(home.library));
  });
}

Deno.test("restore: over a damaged library in WAL mode with a log, the log is kept with it", async () => {
  using home = Home.withLibrary();
  home.putArchive(VPO_ARCHIVES.present);
  const log = new Uint8Array(100_000).fill(7);
  const library = Deno.readFileSync(home.library);
  // The header is whole, and says that there are more pages than there are.
  Deno.writeFileSync(home.library, library.subarray(0, library.length / 2));
  Deno.writeFileSync(`${home.library}-wal`, log);
  const { code, stdout, stderr } = await home.run([...COMMANDS.restore, "--json"]);
  assert.equal(code, 0, stderr + stdout);
  const { previous_library_path: kept } = JSON.parse(stdout) as { previous_library_path: string };
  assert.deepEqual(Deno.readFileSync(`${kept}-wal`), log);
  assert(isSound(home.library));
  assert.equal(
    query(home.library, "SELECT count(*) FROM files")[0],
    archiveFacts(VPO_ARCHIVES.present).metadata.file_count,
  );
  assert.deepEqual(namesIn(home.vpo).filter((name) => name.startsWith("library.db-")), []);
  assert(namesIn(home.vpo).every((name) => !join(home.vpo, name).includes(".vpo-backup-")));
});
