import assert from "node:assert/strict";
import { join } from "node:path";
import { canBeOtherUser, OtherUser } from "../../support/surroundings/other_user.ts";
import { isInstalled } from "../../support/commands.ts";
import { namesIn } from "../../support/large_home.ts";
import type { Group } from "../group.ts";
import { sampled } from "../support/sampling.ts";
import type { Stage } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

const FILES = 50;
const OWNER = 1000;
const OTHER = 2000;
/** The owner's group may write: the other is in it, as with a library that several people of a household use. */
const SHARED = 0o2775;
const READABLE = 0o644;

const COMMANDS: readonly (readonly string[])[] = [
  ["backup"],
  ["backup", "--dry-run"],
  ["status"],
  ["doctor"],
  ["diff", "ARCHIVE"],
  ["verify", "ARCHIVE"],
  ["restore", "ARCHIVE", "--dry-run"],
  ["restore", "ARCHIVE", "--yes"],
  ["undo", "--yes"],
];
/** These put another library in place, which may be whoever's runs them; all others leave the library to its owner. */
const REPLACING = ["restore", "undo"];

const WRITE = ["-cmd", ".timeout 5000"] as const;
const ROW = "INSERT INTO _meta VALUES ('owner', 'wrote')";

interface Case {
  readonly runner: "root" | "another user";
  readonly condition: Condition;
  readonly command: readonly string[];
}

/** Whoever runs it, VPO can open its library afterwards and write. */
async function attempt(stock: Stock, { runner, condition, command }: Case): Promise<void> {
  using owner = new OtherUser(OWNER);
  using other = new OtherUser(OTHER);
  using stage = stock.stage(condition);
  share(stage, owner);
  const place = ["--library", stage.library, "--backup-dir", stage.backups];
  const args = [...command.map((word) => word === "ARCHIVE" ? stage.archive : word), ...place];
  const { code, stdout, stderr } = runner === "root" ? await stage.run(args) : await other.run(args);
  const said = `exit ${code}: ${stdout}${stderr}`;
  const written = await owner.do("sqlite3", ...WRITE, stage.library, ROW);
  assert.equal(written.code, 0, `VPO writes to its library: ${written.stderr.trim()}; ${said}`);
  const isReplaced = REPLACING.includes(command[0] ?? "") && code === 0;
  for (const name of namesIn(stage.vpo).filter((name) => /^library\.db(-wal|-shm|-journal)?$/.test(name))) {
    const { uid } = Deno.statSync(join(stage.vpo, name));
    assert(uid === OWNER || isReplaced && runner === "another user", `${name} is its owner's, not ${uid}'s; ${said}`);
  }
}

function share(stage: Stage, owner: OtherUser): void {
  owner.give(stage.path);
  for (const path of [stage.path, stage.vpo, stage.backups]) {
    Deno.chownSync(path, OWNER, OTHER);
    Deno.chmodSync(path, SHARED);
  }
  for (const directory of [stage.vpo, stage.backups]) {
    for (const name of namesIn(directory)) Deno.chmodSync(join(directory, name), READABLE);
  }
}

/** What root makes in a user's home is the user's. */
async function restoreIntoHome(stock: Stock): Promise<void> {
  using owner = new OtherUser(OWNER);
  using stage = stock.stage();
  const vpo = join(owner.home, ".vpo");
  await assertOwned(stage, owner, ["restore", stage.archive, "--yes", "--library", join(vpo, "library.db")]);
}

async function backUpInHome(stock: Stock): Promise<void> {
  using owner = new OtherUser(OWNER);
  using stage = stock.stage();
  const vpo = join(owner.home, ".vpo");
  Deno.mkdirSync(vpo);
  Deno.copyFileSync(stage.library, join(vpo, "library.db"));
  owner.give(vpo);
  await assertOwned(stage, owner, ["backup"]);
}

async function assertOwned(stage: Stage, owner: OtherUser, args: readonly string[]): Promise<void> {
  const { code, stderr } = await stage.run(args, { home: owner.home });
  assert.equal(code, 0, stderr);
  // Root's archives are root's: they may hold secrets of other users.
  const { stdout } = await owner.do("find", owner.home, "-not", "-user", String(OWNER), "-not", "-name", "*.tar.gz");
  assert.equal(stdout, "", "all else in the user's home is the user's");
  const own = await owner.run(["backup"]);
  assert.equal(own.code, 0, own.stderr);
}

function cases(): Case[] {
  const conditions = ["settled", "hot log", "rollback mode"] as const;
  return (["root", "another user"] as const).flatMap((runner) =>
    conditions.flatMap((condition) => COMMANDS.map((command) => ({ runner, condition, command })))
  );
}

export const otherUsers: Group = {
  name: "other users",
  unavailable: () =>
    canBeOtherUser && isInstalled("sqlite3", "--version")
      ? null
      : "it needs root, setpriv, sqlite3, and a program that others may read",
  async *trials(ground) {
    Deno.chmodSync(ground.directory, 0o755);
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    for (const one of sampled(ground, cases())) {
      const name = `${one.runner} runs ${one.command.join(" ")} on a library in condition "${one.condition}"`;
      yield { name, run: () => attempt(stock, one) };
    }
    yield { name: "root restores into a user's home without .vpo", run: () => restoreIntoHome(stock) };
    yield { name: "root makes the first backup of a user", run: () => backUpInHome(stock) };
  },
};
