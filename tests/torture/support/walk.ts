import assert from "node:assert/strict";
import { join } from "node:path";
import { execute } from "../../support/database.ts";
import type { Outcome } from "../../support/program.ts";
import type { Stage } from "./stage.ts";
import type { Stock } from "./stock.ts";

/**
 * @module
 * A walk through all commands, as a person takes it: what each says and does is checked, and one that fails does not
 * keep the others from being tried. So it tells what works on a file system and what does not.
 */

/** What a command did wrong; null where it did what it should. */
export interface Cell {
  readonly command: string;
  readonly problem: string | null;
}

interface Step {
  readonly command: string;
  run(walker: Walker): Promise<void>;
}

/** Exits of commands that report what they find: well, or something to look at. */
const FINE = [0, 60];
/** A file by which a directory is known to be the one that was meant. */
const MARKER = ".vpo-backup-place";

const STEPS: readonly Step[] = [
  {
    command: "backup --dry-run",
    run: async (walker) => {
      const before = walker.names();
      await walker.done("backup", "--dry-run");
      assert.deepEqual(walker.names(), before, "it changes nothing");
    },
  },
  { command: "backup", run: (walker) => walker.backUp() },
  {
    command: "backup again",
    run: async (walker) => {
      walker.changeLibrary();
      await walker.backUp();
    },
  },
  {
    command: "backups",
    run: async (walker) => {
      const { backups } = walker.document<{ backups: { filename: string; error: unknown }[] }>(
        await walker.done("backups", "--json"),
      );
      assert.deepEqual(backups.map(({ filename }) => filename).sort(), walker.archives(), "it lists all");
      assert.deepEqual(backups.filter(({ error }) => error !== null), [], "none is damaged");
    },
  },
  { command: "verify", run: async (walker) => void await walker.done("verify", "--all") },
  { command: "status", run: async (walker) => void await walker.fine("status") },
  { command: "doctor", run: async (walker) => void await walker.fine("doctor") },
  {
    command: "restore --dry-run",
    run: async (walker) => {
      const before = walker.content();
      await walker.done("restore", walker.stage.archive, "--dry-run");
      assert.equal(walker.content(), before, "it changes nothing");
    },
  },
  {
    command: "restore",
    run: async (walker) => {
      await walker.done("restore", walker.stage.archive, "--yes");
      assert.equal(walker.content(), walker.stock.new, "the library is the one of the backup");
    },
  },
  {
    command: "undo",
    run: async (walker) => {
      assert.equal(walker.content(), walker.stock.new, "there is something to undo");
      await walker.done("undo", "--yes");
      assert.equal(walker.content(), walker.changed, "the library is the one of before");
    },
  },
  {
    command: "prune",
    run: async (walker) => {
      await walker.done("prune", "--keep-last", "1", "--yes");
      const [older, newer] = walker.made;
      const names = walker.archives();
      assert(newer !== undefined && names.includes(newer), "the newest is kept");
      assert(older === undefined || !names.includes(older), "the older one is removed");
    },
  },
  {
    command: "nothing is left over",
    run: (walker) => {
      assert.deepEqual(walker.stage.strangers().filter((name) => name !== MARKER), []);
      return Promise.resolve();
    },
  },
];

/** Walks through all commands on a stage, or those of the given names; gives what each did wrong. */
export async function walk(stock: Stock, stage: Stage, commands?: readonly string[]): Promise<Cell[]> {
  const walker = new Walker(stock, stage);
  const cells: Cell[] = [];
  for (const { command, run } of STEPS.filter(({ command }) => commands?.includes(command) ?? true)) {
    try {
      await run(walker);
      cells.push({ command, problem: null });
    } catch (error) {
      cells.push({ command, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return cells;
}

/** What went wrong in a walk, a line for each command; throws nothing where all is well. */
export function assertWalked(cells: readonly Cell[]): void {
  const problems = cells.filter(({ problem }) => problem !== null);
  assert(problems.length === 0, problems.map(({ command, problem }) => `${command}: ${problem}`).join("\n"));
}

class Walker {
  readonly stock: Stock;
  readonly stage: Stage;
  /** Names of the archives that came, in their order. */
  readonly made: string[] = [];
  /** Content of the library since it was changed. */
  changed: string;

  constructor(stock: Stock, stage: Stage) {
    this.stock = stock;
    this.stage = stage;
    this.changed = stock.old.settled;
  }

  async done(...args: string[]): Promise<Outcome> {
    const outcome = await this.#run(args);
    assert.equal(outcome.code, 0, `exit ${outcome.code}: ${outcome.stderr.trim()}`);
    return outcome;
  }

  async fine(...args: string[]): Promise<Outcome> {
    const outcome = await this.#run(args);
    assert(FINE.includes(outcome.code), `exit ${outcome.code}: ${outcome.stdout.trim()} ${outcome.stderr.trim()}`);
    return outcome;
  }

  document<T>({ stdout }: Outcome): T {
    return JSON.parse(stdout) as T;
  }

  /** Makes a backup; exactly one archive comes of it, which holds the library. */
  async backUp(): Promise<void> {
    const before = this.archives();
    const { code, stderr } = await this.#run(["backup"]);
    const came = this.archives().filter((name) => !before.includes(name));
    this.made.push(...came);
    assert.equal(code, 0, `exit ${code}: ${stderr.trim()}`);
    const [name] = came;
    assert(came.length === 1 && name !== undefined, "one archive comes");
    assert.equal(await this.stock.contents.ofArchive(join(this.stage.backups, name)), this.content());
  }

  changeLibrary(): void {
    execute(this.stage.library, "UPDATE files SET scanned_at = 'changed' WHERE id % 2 = 0");
    this.changed = this.content();
  }

  content(): string {
    return this.stock.contents.of(this.stage.library);
  }

  names(): string[] {
    return Array.from(Deno.readDirSync(this.stage.backups), ({ name }) => name).sort();
  }

  archives(): string[] {
    return this.names().filter((name) => name.endsWith(".tar.gz"));
  }

  #run(args: readonly string[]): Promise<Outcome> {
    return this.stage.run([...args, "--library", this.stage.library, "--backup-dir", this.stage.backups]);
  }
}
