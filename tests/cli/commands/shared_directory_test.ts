import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { ago, putBackups, putBackupsOf, putOtherLibrary } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { programCommand } from "../../support/program.ts";
import { hasTerminal, runOnTerminal } from "../../support/terminal.ts";

const DAY = 86_400;
const ELSEWHERE = "/srv/other/library.db";

/** A home whose backup directory has an old backup of its library, and a new one of another library. */
async function sharedHome(): Promise<{ home: Home; own: string; other: string; [Symbol.dispose](): void }> {
  const home = Home.withLibrary();
  const [own = ""] = await putBackups(home, ago(9 * DAY));
  const put = { database: putOtherLibrary(home), libraryPath: ELSEWHERE };
  const [other = ""] = await putBackupsOf(home, put, ago(3600));
  return { home, own, other, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

Deno.test("status: the backups of another library do not make this one's younger", async () => {
  using shared = await sharedHome();
  const { home, own } = shared;
  const { code, stdout } = await home.run(["status", "--json"]);
  const { newest, reasons } = JSON.parse(stdout) as { newest: { filename: string }; reasons: { code: string }[] };
  assert.deepEqual([code, newest.filename, reasons[0]?.code], [61, own, "too_old"]);
  Deno.removeSync(join(home.backups, own));
  const none = await home.run(["status", "--json"]);
  const document = JSON.parse(none.stdout) as { newest: unknown; reasons: { code: string; message: string }[] };
  assert.deepEqual([none.code, document.newest, document.reasons[0]?.code], [61, null, "none_of_this_library"]);
  assert.equal(
    home.masked(document.reasons[0]?.message ?? ""),
    'no backup in "HOME/.vpo/backups" is of this library',
  );
});

Deno.test("status: no more is read than it takes to find the newest good backup", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600), ago(DAY));
  const damaged = "vpo-library-2020-01-01T00-00-00Z.tar.gz";
  Deno.writeTextFileSync(join(home.backups, damaged), "scrambled");
  const { code, stdout } = await home.run(["status", "--json"]);
  const { total_count, damaged_count } = JSON.parse(stdout) as Record<string, number>;
  assert.deepEqual([code, total_count, damaged_count], [0, 3, 0]);
});

testMore("backups: those of another library are marked", async () => {
  using shared = await sharedHome();
  const { home, own, other } = shared;
  const { stdout, stderr } = await home.run(["backups", "-v"]);
  assert.match(stdout, new RegExp(`^${other} .* another$`, "m"));
  assert.match(stdout, new RegExp(`^${own} .* this$`, "m"));
  assert(stderr.includes(`${other}: of the library ${ELSEWHERE}\n`), stderr);
  const { backups } = JSON.parse((await home.run(["backups", "--json"])).stdout) as {
    backups: { filename: string; origin: string; library_path: string }[];
  };
  assert.deepEqual(backups.map(({ origin }) => origin), ["other", "this"]);
  assert.deepEqual(backups.map(({ library_path }) => home.masked(library_path)), [ELSEWHERE, "HOME/.vpo/library.db"]);
});

testMore("backups: where all are of this library there is no column for it", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600), ago(DAY));
  assert(!(await home.run(["backups"])).stdout.includes("Library"));
});

testMore({
  name: "chooseBackup: backups of another library are marked",
  ignore: !hasTerminal,
  async fn() {
    using shared = await sharedHome();
    const { home } = shared;
    const command = programCommand(["restore", "--no-color"], { home: home.path });
    const { terminal } = await runOnTerminal(command, [{ await: "Esc to cancel", send: "q" }]);
    assert.match(terminal, />\s+1 .* 400\s+another library/);
  },
});
