import assert from "node:assert/strict";
import { hasPython } from "../../support/commands.ts";
import { directoryState } from "../../support/directory_state.ts";
import { crashLibrary, holdLibrary } from "../../support/holder.ts";
import type { Group } from "../group.ts";
import { assertTidy } from "../support/findings.ts";
import { sampled } from "../support/sampling.ts";
import { type Stage, type Verb, VERBS } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

const FILES = 300;
const DONE = 0;
const LOCKED = 43;
/** A rollback is due first, which is writing: a backup never does that. */
const UNFINISHED = 40;

const MODES = { "WAL": "settled", "rollback": "rollback mode" } as const satisfies Record<string, Condition>;
type Mode = keyof typeof MODES;

/** Somebody who has the library, and how each verb ends beside them. */
interface Holder {
  readonly who: string;
  readonly statements: readonly string[];
  readonly crashed?: true;
  readonly exits: Readonly<Record<Mode, readonly [backup: number, restore: number, undo: number]>>;
}

const CHANGE = "INSERT INTO _meta VALUES ('holder', 'changed')";
/** A change that does not fit into the cache and is written before it is committed. */
const UNFINISHED_CHANGE = [
  "PRAGMA cache_size = 1",
  "PRAGMA cache_spill = 1",
  "BEGIN IMMEDIATE",
  "UPDATE files SET path = 'half done ' || path",
];

const FREE = [DONE, DONE, DONE] as const;
const SHARED = [DONE, LOCKED, LOCKED] as const;
const EXCLUSIVE = [LOCKED, LOCKED, LOCKED] as const;

const HOLDERS: readonly Holder[] = [
  { who: "nobody", statements: [], exits: { WAL: FREE, rollback: FREE } },
  // In rollback mode SQLite's locks do not show a connection that is idle.
  {
    who: "an idle connection",
    statements: ["SELECT count(*) FROM files"],
    exits: { WAL: SHARED, rollback: FREE },
  },
  {
    who: "a reader",
    statements: ["BEGIN", "SELECT count(*) FROM files"],
    exits: { WAL: SHARED, rollback: SHARED },
  },
  { who: "a writer", statements: ["BEGIN IMMEDIATE", CHANGE], exits: { WAL: SHARED, rollback: SHARED } },
  {
    who: "an exclusive transaction",
    statements: ["BEGIN EXCLUSIVE", CHANGE],
    exits: { WAL: SHARED, rollback: EXCLUSIVE },
  },
  {
    who: "a process in exclusive locking mode",
    statements: ["PRAGMA locking_mode = EXCLUSIVE", CHANGE],
    exits: { WAL: EXCLUSIVE, rollback: EXCLUSIVE },
  },
  {
    who: "a process that was killed with commits in the log",
    statements: ["PRAGMA journal_mode = WAL", CHANGE, ...UNFINISHED_CHANGE],
    crashed: true,
    exits: { WAL: FREE, rollback: FREE },
  },
  {
    who: "a process that was killed in a transaction with a journal",
    statements: ["PRAGMA journal_mode = DELETE", CHANGE, ...UNFINISHED_CHANGE],
    crashed: true,
    exits: { WAL: [UNFINISHED, DONE, DONE], rollback: [UNFINISHED, DONE, DONE] },
  },
];

interface Case {
  readonly mode: Mode;
  readonly holder: Holder;
  readonly verb: Verb;
}

const CASES: readonly Case[] = Object.keys(MODES).flatMap((mode) =>
  HOLDERS.flatMap((holder) => VERBS.map((verb) => ({ mode: mode as Mode, holder, verb })))
);

async function attempt(stock: Stock, { mode, holder, verb }: Case): Promise<void> {
  using stage = stock.stage(MODES[mode]);
  if (holder.crashed === true) await crashLibrary(stage.library, holder.statements);
  await using peer = holder.crashed === true ? null : await holdLibrary(stage.library, holder.statements);
  const committed = stock.contents.of(stage.library);
  const before = directoryState(stage.path);
  const { code, stderr } = await stage.run(stage.command(verb, "--wait", "0.1"));
  assert.equal(code, holder.exits[mode][VERBS.indexOf(verb)], `exit ${code}: ${stderr}`);
  if (code !== DONE) {
    assert.deepEqual(directoryState(stage.path), before, "a refusal changes nothing");
    if (code === LOCKED) assert.match(stderr, /in use by another process/);
  } else if (verb === "backup") {
    assert.equal(stock.contents.of(stage.library), committed, "a backup changes no library");
    assert.deepEqual(await archived(stock, stage), [committed], "the archive holds what was committed");
  } else {
    assert.equal(stock.contents.of(stage.library), verb === "restore" ? stock.new : stock.aside);
    const kept = stage.setAside().map((path) => stock.contents.of(path));
    assert.equal(kept.filter((content) => content === committed).length, 1, "what was committed is kept");
  }
  assertTidy(stage);
  if (peer !== null && code !== DONE) assert.equal(await peer.ask("SELECT count(*) FROM files"), "ok", "they go on");
}

function archived(stock: Stock, stage: Stage): Promise<string[]> {
  return Promise.all(stage.newArchives().map((archive) => stock.contents.ofArchive(archive)));
}

export const holders: Group = {
  name: "who holds the library",
  unavailable: () => hasPython ? null : "Python is not installed",
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    for (const one of sampled(ground, CASES)) {
      const name = `${one.verb} while ${one.holder.who} has a library in ${one.mode} mode`;
      yield { name, run: () => attempt(stock, one) };
    }
  },
};
