import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../support/program.ts";
import { changeLibrary, makeLibrary } from "../../../scripts/make_library.ts";
import type { Ground } from "../group.ts";
import { Contents, copyFile, copyLibrary } from "./contents.ts";
import { Stage } from "./stage.ts";

/** Place in the group that no trial has: its random values are for what is made once. */
const SETUP = 1_000_002;

/** States that the files of one library can be in. */
export const CONDITIONS = ["settled", "hot log", "rollback mode", "hot journal"] as const;
export type Condition = typeof CONDITIONS[number];

/** Names of archives that are there before a trial; the first one is VPO's own. */
const EARLIER = "vpo-library-2026-01-15T120000Z.tar.gz";
const OWN = "vpo-library-2026-02-05T14-30-22Z.tar.gz";

const FIXTURES = new URL("../../fixtures/", import.meta.url);

export interface StockOptions {
  /** Media files in the library, at the least and at the most: about 2.4 KB of it each. */
  readonly files?: readonly [min: number, max: number];
  /** The other libraries are larger: no page of one has its place in another, and a mixture is damaged. */
  readonly unlike?: boolean;
}

/**
 * What the trials of a group begin with, made once: a library in every condition, one that was set aside by a restore,
 * and an archive of a third one. Each can be told from the others by its content.
 */
export class Stock {
  readonly contents: Contents;
  /** Content of the library in place, by its condition. */
  readonly old: Readonly<Record<Condition, string>>;
  /** Content of the library in the archive. */
  readonly new: string;
  /** Content of the library that was set aside. */
  readonly aside: string;
  readonly #directory: string;
  #stages = 0;

  private constructor(directory: string) {
    this.#directory = directory;
    this.contents = new Contents(directory);
    const content = (name: string) => this.contents.of(this.#file(name));
    this.old = {
      "settled": content("settled"),
      "hot log": content("hot log"),
      "rollback mode": content("rollback mode"),
      "hot journal": content("hot journal"),
    };
    this.new = content("new");
    this.aside = content("aside");
    assert.equal(new Set([this.old.settled, this.old["hot log"], this.new, this.aside]).size, 4);
    assert.equal(this.old["hot journal"], this.old.settled, "an unfinished transaction has no effect");
  }

  static async make(ground: Ground, { files = [600, 3_000], unlike = false }: StockOptions = {}): Promise<Stock> {
    const random = ground.random(SETUP);
    const file = (name: string) => join(ground.directory, `${name}.db`);
    const count = random.between(...files);
    makeLibrary(file("settled"), { files: count, seed: random.below(1_000_000) });
    for (const [name, times] of [["new", 20], ["aside", 10]] as const) {
      if (unlike) makeLibrary(file(name), { files: count * times, seed: random.below(1_000_000) });
      else copyLibrary(file("settled"), file(name));
      assert(changeLibrary(file(name), { fraction: 0.3, seed: random.below(1_000_000) }) > 0);
    }
    makeConditions(file);
    const args = ["backup", "--library", file("new"), "--output", join(ground.directory, OWN)];
    const { code, stderr } = await runProgram(args, { home: ground.directory });
    assert.equal(code, 0, stderr);
    return new Stock(ground.directory);
  }

  /** A directory of its own for one trial, with the library in this condition. */
  stage(condition: Condition = "settled"): Stage {
    const stage = this.emptyStage();
    this.furnish(stage, condition);
    return stage;
  }

  /** One whose directories the caller does something to before it is furnished. */
  emptyStage(): Stage {
    return new Stage(join(this.#directory, `trial-${this.#stages++}`));
  }

  /** Puts what a trial begins with into its directories. */
  furnish(stage: Stage, condition: Condition): void {
    copyLibrary(this.#file(condition), stage.library);
    copyLibrary(this.#file("aside"), stage.aside);
    copyFile(fileURLToPath(new URL(EARLIER, FIXTURES)), join(stage.backups, EARLIER));
    copyFile(join(this.#directory, OWN), stage.archive);
    stage.remember();
  }

  #file(name: string): string {
    return join(this.#directory, `${name}.db`);
  }
}

/** The same library as a killed writer leaves it, and in rollback mode. */
function makeConditions(file: (name: string) => string): void {
  const scratch = file("scratch");
  const leave = (name: string, sql: string) => {
    copyLibrary(file("settled"), scratch);
    const database = new DatabaseSync(scratch);
    try {
      database.exec(sql);
      copyLibrary(scratch, file(name));
    } finally {
      database.close();
      Deno.removeSync(scratch);
    }
  };
  leave("hot log", "PRAGMA wal_autocheckpoint = 0; UPDATE files SET scanned_at = 'in the log' WHERE id % 3 = 0");
  leave("rollback mode", "PRAGMA journal_mode = DELETE");
  // Pages that do not fit into the cache are written before the transaction ends.
  leave(
    "hot journal",
    `PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; PRAGMA cache_spill = 1;
     BEGIN; UPDATE files SET scanned_at = 'half done' WHERE id % 3 = 0`,
  );
  assert(Deno.statSync(`${file("hot log")}-wal`).size > 0);
  assert(Deno.statSync(`${file("hot journal")}-journal`).size > 0);
}
