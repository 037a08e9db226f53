import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { hasPython } from "../../support/commands.ts";
import { holdLibrary } from "../../support/holder.ts";
import type { StartedProgram } from "../../support/started.ts";
import { type CallKind, cannotIntercept, type Interceptor } from "./file_calls.ts";
import { assertTidy } from "./findings.ts";
import type { Stage } from "./stage.ts";
import type { Stock } from "./stock.ts";

/**
 * A run waits for the library and is overtaken: another run replaces the library, VPO starts on the new one and writes.
 * The file that the waiting run has open is then not the library any more, while its log's name belongs to the new one.
 */

const LOCKED = 43;
/** In seconds; longer than it takes to be overtaken. VPO does not let go, so the restore waits to the end. */
const RESTORE_WAIT = "5";
const BACKUP_WAIT = "60";
/** How often a run is stopped to find it without a lock. */
const ATTEMPTS = 10;
/** Keeps everybody else out, readers too. */
const EXCLUSIVE = ["PRAGMA locking_mode = EXCLUSIVE", "INSERT INTO _meta VALUES ('owner', 'first')"];
/** Keeps out who wants the library alone. */
const IDLE = ["SELECT count(*) FROM files"];
const WRITING = ["PRAGMA wal_autocheckpoint = 0", "INSERT INTO _meta VALUES ('vpo', 'wrote this')"];

/** Why a run cannot be overtaken here; null where it can. */
export function cannotOvertake(): string | null {
  return hasPython ? cannotIntercept() : "Python is not installed";
}

/** When a run is overtaken: while it waits for somebody's lock, or having opened the library, before it has a lock. */
export type Weakness = "waiting" | "about to lock";

/** A restore must see the VPO that has the new library by now, and must not touch its log. */
export async function overtakeRestore(stock: Stock, interceptor: Interceptor, weakness: Weakness): Promise<void> {
  await untilOvertaken(weakness, () => tryOvertakingRestore(stock, interceptor, weakness));
}

async function tryOvertakingRestore(stock: Stock, interceptor: Interceptor, weakness: Weakness): Promise<boolean> {
  using stage = stock.stage();
  await using cast = new AsyncDisposableStack();
  const run = {
    args: ["restore", stage.archive, "--yes", "--wait", RESTORE_WAIT],
    held: IDLE,
    opening: "create",
  } as const;
  const overtaken = await overtake(cast, stock, stage, interceptor, weakness, run);
  if (overtaken === null) return false;
  const { waiting, vpo } = overtaken;
  const { code, stderr } = await waiting.ended();
  assert.equal(await vpo.ask("INSERT INTO _meta VALUES ('vpo again', 'wrote this')"), "ok", "VPO goes on");
  assert.deepEqual(written(stage), ["wrote this", "wrote this"], `what VPO wrote is in the library; exit ${code}`);
  assert.equal(code, LOCKED, `VPO has the library: ${stderr}`);
  for (const path of stage.setAside()) stock.contents.of(path);
  assertTidy(stage);
  return true;
}

/** A backup holds one moment of one library. */
export async function overtakeBackup(stock: Stock, interceptor: Interceptor, weakness: Weakness): Promise<void> {
  await untilOvertaken(weakness, () => tryOvertakingBackup(stock, interceptor, weakness));
}

async function tryOvertakingBackup(stock: Stock, interceptor: Interceptor, weakness: Weakness): Promise<boolean> {
  using stage = stock.stage();
  await using cast = new AsyncDisposableStack();
  const run = { args: ["backup", "--wait", BACKUP_WAIT], held: EXCLUSIVE, opening: "open" } as const;
  const overtaken = await overtake(cast, stock, stage, interceptor, weakness, run);
  if (overtaken === null) return false;
  const { code, stderr } = await overtaken.waiting.ended();
  assert.equal(code, 0, stderr);
  const [archive] = stage.newArchives();
  assert(archive !== undefined);
  const content = await stock.contents.ofArchive(archive);
  const whole = [stage.library, ...stage.setAside()].map((path) => stock.contents.of(path));
  assert(whole.includes(content), "the archive holds the library of before or that of after, with what VPO wrote");
  assert.deepEqual(written(stage), ["wrote this"], "what VPO wrote is in the library");
  assertTidy(stage);
  return true;
}

/**
 * On a busy machine the threads of a run make their calls in another order, so that it may be stopped with a lock in its
 * hand; a run that waits for somebody's lock may take it in the moment in which it is stopped.
 */
async function untilOvertaken(weakness: Weakness, attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 1; !await attempt() && weakness === "about to lock"; tries++) {
    assert(tries < ATTEMPTS, `it had a lock in its hand each of ${ATTEMPTS} times`);
  }
}

interface OvertakenRun {
  readonly args: readonly string[];
  /** What somebody does with the library so that the run has to wait. */
  readonly held: readonly string[];
  /** How the run opens the library for its transaction. */
  readonly opening: CallKind;
}

/** @returns null where the run was stopped with a lock in its hand, so that nobody could overtake it */
async function overtake(
  cast: AsyncDisposableStack,
  stock: Stock,
  stage: Stage,
  interceptor: Interceptor,
  weakness: Weakness,
  run: OvertakenRun,
) {
  const args = [...run.args, "--library", stage.library, "--backup-dir", stage.backups];
  const waiting = weakness === "waiting"
    ? await stopWaiting(cast, stage, args, run.held)
    : await stopBeforeLock(cast, stage, args, interceptor, await openingCall(stock, interceptor, run));
  const { code, stderr } = await stage.run(stage.command("restore", "--wait", "0.2"));
  if (code === LOCKED) return null;
  assert.equal(code, 0, stderr);
  const vpo = cast.use(await holdLibrary(stage.library, WRITING));
  waiting.signal("SIGCONT");
  return { waiting, vpo };
}

async function stopWaiting(
  cast: AsyncDisposableStack,
  stage: Stage,
  args: readonly string[],
  held: readonly string[],
): Promise<StartedProgram> {
  const owner = cast.use(await holdLibrary(stage.library, held));
  const waiting = cast.use(stage.start([...args, "-v"]));
  await waiting.said("step lock library");
  await waiting.stop();
  await owner.kill();
  return waiting;
}

async function stopBeforeLock(
  cast: AsyncDisposableStack,
  stage: Stage,
  args: readonly string[],
  interceptor: Interceptor,
  place: number,
): Promise<StartedProgram> {
  const { env, struck } = interceptor.prepare({ below: stage.path, reads: true, at: place, mishap: "SIGSTOP" });
  const stopped = struck();
  const waiting = cast.use(stage.start(args, { env }));
  await stopped;
  return waiting;
}

/** Place of the first look into the library after it is opened for the transaction: SQLite has no lock then. */
async function openingCall(stock: Stock, interceptor: Interceptor, { args, opening }: OvertakenRun): Promise<number> {
  using stage = stock.stage();
  const { env, calls } = interceptor.prepare({ below: stage.path, reads: true });
  const moved = args.map((arg) => arg.endsWith(".tar.gz") ? stage.archive : arg);
  const { code, stderr } = await stage.run([...moved, "--library", stage.library, "--backup-dir", stage.backups], {
    env,
  });
  assert.equal(code, 0, stderr);
  const ofLibrary = calls().calls.filter(({ path }) => path === stage.library);
  const opened = ofLibrary.findIndex(({ kind }) => kind === opening);
  const first = ofLibrary.slice(opened).find(({ kind }) => kind === "read");
  assert(first !== undefined);
  return first.place;
}

function written(stage: Stage): unknown[] {
  const database = new DatabaseSync(stage.library, { readOnly: true });
  try {
    return database.prepare("SELECT value FROM _meta WHERE key LIKE 'vpo%'").all().map(({ value }) => value);
  } finally {
    database.close();
  }
}
