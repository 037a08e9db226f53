import assert from "node:assert/strict";
import { dirname } from "node:path";
import { hasPython } from "../support/commands.ts";
import { execute, isSound, query } from "../support/database.ts";
import { directoryState } from "../support/directory_state.ts";
import { triesAll } from "../support/extent.ts";
import { extractLibrary } from "../support/extract.ts";
import { crashLibrary, holdLibrary } from "../support/holder.ts";
import { Home, VPO_ARCHIVES } from "../support/home.ts";
import { temporariesIn } from "../support/large_home.ts";

type JournalMode = "wal" | "delete";
type Verb = "backup" | "restore" | "undo";

const SUCCESS = 0;
const LOCKED = 43;
/** An unfinished transaction must be rolled back first, which is writing: a backup never does that. */
const UNFINISHED = 40;

/** Somebody who has the library, the state of their connection, and how each verb ends beside them. */
interface Holder {
  readonly who: string;
  readonly statements: readonly string[];
  /** They were killed in that state. */
  readonly crashed?: true;
  readonly outcomes: Readonly<Record<Verb, number>>;
  /** What `SELECT value FROM _meta WHERE key = 'holder'` gives to whoever opens the library after them. */
  readonly holderValue?: "changed";
}

const CHANGE = "INSERT INTO _meta VALUES ('holder', 'changed')";
/** A transaction that does not fit into the cache and is written to the disk before it is committed. */
const UNFINISHED_CHANGE = [
  "PRAGMA cache_size = 1",
  "PRAGMA cache_spill = 1",
  "BEGIN IMMEDIATE",
  "UPDATE files SET path = 'half done ' || path",
];

const FREE = { backup: SUCCESS, restore: SUCCESS, undo: SUCCESS } as const;
const SHARED = { backup: SUCCESS, restore: LOCKED, undo: LOCKED } as const;
const EXCLUSIVE = { backup: LOCKED, restore: LOCKED, undo: LOCKED } as const;

const READER = { who: "a reader", statements: ["BEGIN", "SELECT count(*) FROM files"], outcomes: SHARED };
const WRITER = { who: "a writer", statements: ["BEGIN IMMEDIATE", CHANGE], outcomes: SHARED };
const OWNER = {
  who: "a process in exclusive locking mode",
  statements: ["PRAGMA locking_mode = EXCLUSIVE", CHANGE],
  outcomes: EXCLUSIVE,
  holderValue: "changed",
} as const;

const LOG_OF_THE_KILLED = {
  who: "a process that was killed after a commit and in the next transaction, with a log",
  statements: ["PRAGMA journal_mode = WAL", CHANGE, ...UNFINISHED_CHANGE],
  crashed: true,
  outcomes: FREE,
  holderValue: "changed",
} as const;
const JOURNAL_OF_THE_KILLED = {
  who: "a process that was killed after a commit and in the next transaction, with a journal",
  statements: ["PRAGMA journal_mode = DELETE", CHANGE, ...UNFINISHED_CHANGE],
  crashed: true,
  outcomes: { ...FREE, backup: UNFINISHED },
  holderValue: "changed",
} as const;

const IDLE = ["SELECT count(*) FROM files"];
const EXCLUSIVE_TRANSACTION = ["BEGIN EXCLUSIVE", CHANGE];

const HOLDERS: Readonly<Record<JournalMode, readonly Holder[]>> = {
  wal: [
    { who: "an idle connection", statements: IDLE, outcomes: SHARED },
    READER,
    WRITER,
    { who: "an exclusive transaction", statements: EXCLUSIVE_TRANSACTION, outcomes: SHARED },
    OWNER,
    LOG_OF_THE_KILLED,
    JOURNAL_OF_THE_KILLED,
  ],
  delete: [
    // SQLite's locks do not show it: nothing can be known of it.
    { who: "an idle connection", statements: IDLE, outcomes: FREE },
    READER,
    WRITER,
    { who: "an exclusive transaction", statements: EXCLUSIVE_TRANSACTION, outcomes: EXCLUSIVE },
    OWNER,
    LOG_OF_THE_KILLED,
    JOURNAL_OF_THE_KILLED,
  ],
};

const SET_ASIDE = ".before-restore-2026-02-06T09-12-44Z";
const WAIT = ["--wait", "0.1"];
const COMMANDS: Readonly<Record<Verb, readonly string[]>> = {
  backup: ["backup", "--output", "made.tar.gz", ...WAIT],
  restore: ["restore", "latest", "--yes", ...WAIT],
  undo: ["undo", "--yes", ...WAIT],
};

/** A library, one that an earlier restore set aside, and an archive: each can be told from the others. */
function prepareHome(mode: JournalMode): Home {
  const home = Home.withLibrary();
  home.putLibrary(home.library + SET_ASIDE);
  home.putArchive(VPO_ARCHIVES.present);
  for (const [path, is] of [[home.library, "the library"], [home.library + SET_ASIDE, "set aside"]] as const) {
    execute(path, `PRAGMA journal_mode = ${mode}; INSERT INTO _meta VALUES ('is', '${is}')`);
  }
  return home;
}

function metaValue(library: string, key: string): unknown {
  return query(library, "SELECT value FROM _meta WHERE key = ?", key)[0];
}

/** The library that a restore or an undo has put in place, and the one that it has set aside. */
function assertReplaced(home: Home, verb: Verb, holder: Holder): void {
  const names = Array.from(Deno.readDirSync(home.vpo), ({ name }) => name).sort();
  const setAside = names.filter((name) => name.startsWith("library.db.before-restore-"));
  const newest = `${home.vpo}/${setAside.findLast((name) => !name.endsWith(SET_ASIDE))}`;
  assert.deepEqual(names, ["backups", "library.db", ...setAside], "nothing is left over");
  assert.equal(setAside.length, verb === "undo" ? 1 : 2);

  assert.equal(metaValue(home.library, "is"), verb === "undo" ? "set aside" : undefined);
  assert.equal(metaValue(home.library, "holder"), undefined);
  assert(isSound(home.library));

  assert.equal(metaValue(newest, "is"), "the library");
  assert.equal(metaValue(newest, "holder"), holder.holderValue, "what was committed is kept, what was not is gone");
  assert.deepEqual(query(newest, "SELECT count(*) FROM files WHERE path LIKE 'half done %'"), [0]);
  assert(isSound(newest));
}

async function assertBackup(home: Home, holder: Holder): Promise<void> {
  const copy = await extractLibrary(`${home.path}/made.tar.gz`, `${home.path}/extracted`);
  assert.equal(metaValue(copy, "is"), "the library");
  assert.equal(metaValue(copy, "holder"), holder.holderValue, "a backup holds what was committed");
  assert.deepEqual(query(copy, "SELECT count(*) FROM files WHERE path LIKE 'half done %'"), [0]);
  assert(isSound(copy));
}

async function check(mode: JournalMode, holder: Holder, verb: Verb): Promise<void> {
  using home = prepareHome(mode);
  if (holder.crashed) await crashLibrary(home.library, holder.statements);
  await using peer = holder.crashed ? null : await holdLibrary(home.library, holder.statements);
  const before = directoryState(home.path);
  const { code, stderr } = await home.run(COMMANDS[verb]);
  assert.equal(code, holder.outcomes[verb], stderr);
  assert.deepEqual([...temporariesIn(home.vpo), ...temporariesIn(home.backups)], []);

  if (code !== SUCCESS) {
    assert.deepEqual(directoryState(home.path), before, "a refusal changes nothing");
    if (code === UNFINISHED) assert.match(stderr, /unfinished transaction/);
    if (peer !== null) assert.equal(await peer.ask("SELECT count(*) FROM files"), "ok", "they go on");
    if (code === LOCKED) assert(stderr.includes(`"${home.library}" is in use by another process\nStop VPO`), stderr);
  } else if (verb === "backup") {
    assert.deepEqual(directoryState(dirname(home.library)), stateOf(before, ".vpo/"), "a backup writes no library");
    await assertBackup(home, holder);
  } else {
    assertReplaced(home, verb, holder);
  }
}

function stateOf(state: Readonly<Record<string, string>>, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(state).filter(([path]) => path.startsWith(prefix)).map((
      [path, is],
    ) => [path.slice(prefix.length), is]),
  );
}

/** Those beside whom each verb ends in its own way, where not all are tried. */
const SAMPLE = { wal: [READER, LOG_OF_THE_KILLED], delete: [OWNER, JOURNAL_OF_THE_KILLED] } as const;

for (const mode of ["wal", "delete"] as const) {
  const holders: readonly Holder[] = [{ who: "nobody", statements: [], outcomes: FREE }, ...HOLDERS[mode]];
  for (const holder of triesAll ? holders : SAMPLE[mode]) {
    for (const verb of ["backup", "restore", "undo"] as const) {
      const [outcome] = Object.entries({ SUCCESS, LOCKED, UNFINISHED }).find(([, c]) => c === holder.outcomes[verb]) ??
        [];
      const name = `${verb}: ${holder.who} has the library in ${mode} mode: ${outcome?.toLowerCase()}`;
      Deno.test({ name, ignore: !hasPython, fn: () => check(mode, holder, verb) });
    }
  }
}
