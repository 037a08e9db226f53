import assert from "node:assert/strict";
import { hasPython, isInstalled } from "../support/commands.ts";
import { execute, isSound, query } from "../support/database.ts";
import { crashLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { namesIn } from "../support/large_home.ts";

/** System calls that change what a directory or a file holds. */
const CALLS = [
  "linkat",
  "rename",
  "unlink",
  "unlinkat",
  "ftruncate",
  "fsync",
  "pwrite64",
  "write",
  "copy_file_range",
  "sendfile",
  "chmod",
  "mkdir",
];
const KILLED = 128 + 9;
/** More of one kind than a run makes. */
const MAX_CALLS = 100;
/** What tells the libraries apart: the old one with what is in its log, the one set aside before, the archive's. */
const CONTENT = "SELECT group_concat(value ORDER BY key) FROM _meta WHERE key IN ('committed', 'is')";
const OLD = "in the log,old";
const NEW = { restore: null, undo: "set aside" } as const;

/** Kills a run at its nth call of this kind; gives false where it makes fewer and comes to its end. */
async function killAtCall(home: Home, args: readonly string[], call: string, nth: number): Promise<boolean> {
  const inject = `inject=${call}:signal=SIGKILL:when=${nth}`;
  const through = ["strace", "-f", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject];
  const { code, stderr } = await home.run(args, { through });
  assert(code === 0 || code === KILLED, stderr);
  return code === KILLED;
}

for (const verb of ["restore", "undo"] as const) {
  const args = verb === "restore" ? ["restore", "latest", "--yes"] : ["undo", "--yes"];
  Deno.test({
    name: `${verb}: killed at any system call that changes something, there is a whole library and nothing is lost`,
    ignore: Deno.env.get("VPO_TEST_LARGE") !== "1" || !hasPython || !isInstalled("strace", "--version"),
    async fn() {
      for (const call of CALLS) {
        for (let nth = 1; nth < MAX_CALLS; nth++) {
          using home = Home.withLibrary();
          home.putArchive(VPO_ARCHIVES.present);
          const before = home.putLibrary(`${home.library}.before-restore-2026-02-06T09-12-44Z`);
          execute(before, "INSERT INTO _meta VALUES ('is', 'set aside')");
          execute(home.library, "INSERT INTO _meta VALUES ('is', 'old')");
          await crashLibrary(home.library, ["INSERT INTO _meta VALUES ('committed', 'in the log')"]);
          if (!await killAtCall(home, args, call, nth)) break;

          assert(isSound(home.library), `${call} ${nth}`);
          const [content] = query(home.library, CONTENT);
          if (content !== OLD) {
            assert.equal(content, NEW[verb], `${call} ${nth}`);
            const kept = namesIn(home.vpo).findLast((name) => /before-restore-.*Z(-\d+)?$/.test(name));
            assert.deepEqual(query(`${home.vpo}/${kept}`, CONTENT), [OLD], `${call} ${nth}`);
          }
          const again = await home.run(args);
          assert.equal(again.code, 0, `${call} ${nth}: ${again.stderr}`);
        }
      }
    },
  });
}
