import assert from "node:assert/strict";
import { basename, dirname, join } from "node:path";
import { namesIn } from "../../support/large_home.ts";
import { mountMemory } from "../../support/surroundings/mounts.ts";
import { runProgram } from "../../support/program.ts";
import { archiveName, setAsidePath } from "../../../src/store/naming.ts";
import { ROOMY } from "./disk_room.ts";
import { DONE, expectArchive, expectExit, expectRefusal, FAILED, type FileCase } from "./file_case.ts";
import { assertTidy, libraryInPlace } from "./findings.ts";
import type { Stage } from "./stage.ts";
import type { Condition, Stock } from "./stock.ts";

/** Seconds whose names are taken before a run that makes names from the time. */
const SECONDS_TAKEN = 300;
const PRECIOUS = "this must stay as it is";

/** Directory on a file system of its own, furnished, that is then read-only. */
async function onReadOnlyDisk(
  stock: Stock,
  condition: Condition,
  act: (stage: Stage) => Promise<void>,
  where: "vpo" | "backups" = "vpo",
): Promise<void> {
  using stage = stock.emptyStage();
  using disk = mountMemory(stage[where], ROOMY);
  stock.furnish(stage, condition);
  disk.makeReadOnly();
  await act(stage);
}

const DISKS: readonly FileCase[] = [
  {
    name: "backup of a library in rollback mode on a read-only file system",
    needs: "mount",
    run: (_, stock) =>
      onReadOnlyDisk(stock, "rollback mode", async (stage) => {
        await expectArchive(stage, stock, stage.command("backup"), {}, "rollback mode");
      }),
  },
  ...(["settled", "hot log"] as const).map((condition): FileCase => ({
    name: `backup of a library (${condition}) on a read-only file system: what is in its log, or nothing`,
    needs: "mount",
    run: (_, stock) =>
      onReadOnlyDisk(stock, condition, async (stage) => {
        const { code, stderr } = await runProgram(stage.command("backup"), { home: dirname(stage.path) });
        assert(code === DONE || code === FAILED, `exit ${code}: ${stderr}`);
        const archives = stage.newArchives();
        assert.equal(archives.length, code === DONE ? 1 : 0);
        for (const path of archives) assert.equal(await stock.contents.ofArchive(path), stock.old[condition]);
        assertTidy(stage);
      }),
  })),
  ...(["restore", "undo"] as const).map((verb): FileCase => ({
    name: `${verb} of a library on a read-only file system`,
    needs: "mount",
    run: (_, stock) => onReadOnlyDisk(stock, "settled", (stage) => expectRefusal(stage, FAILED, stage.command(verb))),
  })),
  {
    name: "backup to a read-only file system",
    needs: "mount",
    run: (_, stock) =>
      onReadOnlyDisk(
        stock,
        "settled",
        (stage) => expectRefusal(stage, FAILED, stage.command("backup")),
        "backups",
      ),
  },
  {
    name: "backup to another file system",
    needs: "mount",
    async run(_, stock) {
      using stage = stock.emptyStage();
      using _disk = mountMemory(stage.backups, ROOMY);
      stock.furnish(stage, "settled");
      await expectArchive(stage, stock, stage.command("backup"));
    },
  },
  {
    name: "restore and undo on another file system than the archive's",
    needs: "mount",
    async run(_, stock) {
      using stage = stock.emptyStage();
      using _disk = mountMemory(stage.vpo, ROOMY);
      stock.furnish(stage, "settled");
      await expectExit(stage, DONE, stage.command("restore"));
      assert.equal(libraryInPlace(stock, stage, "settled"), "new");
      await expectExit(stage, DONE, stage.command("undo"));
      assert.equal(libraryInPlace(stock, stage, "settled"), "old");
      assertTidy(stage);
    },
  },
];

/** Times whose names a run that starts now may choose. */
function timesToCome(): Date[] {
  return Array.from({ length: SECONDS_TAKEN }, (_, second) => new Date(Date.now() + second * 1000));
}

const PLANTED: readonly FileCase[] = [
  {
    name: "dangling symlinks at the names that an archive may get",
    async run(stage, stock) {
      for (const time of timesToCome()) Deno.symlinkSync("../nowhere", join(stage.backups, archiveName(time)));
      const planted = namesIn(stage.backups);
      const { stdout } = await expectExit(stage, DONE, stage.command("backup", "--json"));
      const { path } = JSON.parse(stdout) as { path: string };
      assert(!planted.includes(basename(path)) && Deno.lstatSync(path).isFile);
      assert.equal(await stock.contents.ofArchive(path), stock.old.settled);
      assert(!namesIn(stage.path).includes("nowhere"), "nothing is written through a link");
    },
  },
  {
    name: "dangling symlinks at the names that a set-aside library may get",
    async run(stage, stock) {
      const planted = timesToCome().map((time) => setAsidePath(stage.library, time, 1));
      for (const path of planted) Deno.symlinkSync("../nowhere", path);
      const { stdout } = await expectExit(stage, DONE, stage.command("restore", "--json"));
      const { previous_library_path: kept } = JSON.parse(stdout) as { previous_library_path: string };
      assert(!planted.includes(kept) && Deno.lstatSync(kept).isFile);
      assert.equal(stock.contents.of(kept), stock.old.settled);
      assert.equal(libraryInPlace(stock, stage, "settled"), "new");
      assert(!namesIn(stage.path).includes("nowhere"), "nothing is written through a link");
    },
  },
  {
    name: "symlinks under the names of work directories, and of the lock in one",
    async run(stage) {
      const precious = join(stage.path, "precious");
      Deno.mkdirSync(precious);
      Deno.writeTextFileSync(join(precious, "file"), PRECIOUS);
      Deno.copyFileSync(stage.aside, join(precious, "database"));
      const trap = (name: string) => join(stage.vpo, `.vpo-backup-${name}`);
      Deno.symlinkSync("../precious", trap("aaaaaaaa-aaaa"));
      Deno.symlinkSync("../nowhere", trap("bbbbbbbb-bbbb"));
      for (
        const [name, target] of [["cccccccc-cccc", "file"], ["dddddddd-dddd", "database"], ["eeeeeeee-eeee", "new"]]
      ) {
        Deno.mkdirSync(trap(name ?? ""));
        Deno.symlinkSync(join(precious, target ?? ""), join(trap(name ?? ""), "lock"));
      }
      const before = Deno.readFileSync(join(precious, "database"));
      await expectExit(stage, DONE, stage.command("backup"));
      assert.deepEqual(namesIn(precious), ["database", "file"], "nothing is made through a link");
      assert.equal(Deno.readTextFileSync(join(precious, "file")), PRECIOUS);
      assert.deepEqual(Deno.readFileSync(join(precious, "database")), before);
    },
  },
];

export const PLACE_CASES: readonly FileCase[] = [...DISKS, ...PLANTED];
