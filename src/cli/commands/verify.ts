import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import { resolveFile } from "../../engine/real_paths.ts";
import {
  type BackupEntry,
  type EngineEvent,
  type Examined,
  oursAmong,
  type VerifyRequest,
} from "../../engine/protocol/mod.ts";
import { BackupError, type WireError } from "../../errors.ts";
import { PIPE } from "../../output/format.ts";
import type { Verified, VerifiedArchive } from "../../output/outcome.ts";
import { NAME_ANOTHER_TEMP_DIR } from "../../program.ts";
import { defineCommand } from "../command.ts";
import { tempDirOption } from "../options/global.ts";
import { archiveAt, archiveFound, backupArgument, LATEST, listArchives } from "../options/archive.ts";
import { libraryIfKnown, warnOfForeign } from "../options/latest.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { pipePlaces, withArchiveFromInput } from "../pipes.ts";
import { examples } from "../help/examples.ts";
import { tempDirectoryAt } from "../options/paths.ts";
import { batchesOf, type Subject } from "../batches.ts";
import { runLimited } from "../run_limited.ts";

const ACTION = "Cannot check";
/** Archives checked at the same time, at most: each takes a thread or two and the space of a library. */
const MAX_AT_ONCE = 4;

/** `vpo-backup verify` */
export const verify = defineCommand({
  name: "verify",
  action: "Cannot check the backups",
  make: parser,
  run,
});

function parser() {
  return command(
    "verify",
    object({
      command: constant("verify"),
      backups: multiple(argument(backupArgument, {
        description: message`Paths, names in the backup directory, latest (default), or - for standard input.`,
      })),
      all: option("--all", { description: message`Check all backups in the backup directory.` }),
      quick: option("--quick", {
        description: message`Check structure and hashes only; writes nothing.`,
      }),
      tempDir: tempDirOption(message`Where to unpack libraries (default: next to the backup or the library).`),
      anyDatabase: option("--any-database", {
        description: message`Accept a database that is not a VPO library.`,
      }),
    }),
    {
      brief: message`Verify that backups can be restored.`,
      description:
        message`Reads each backup to the end, checks its structure and hashes, and unpacks its library for SQLite to check. A damaged one does not stop the rest. Exit code 46: a backup is damaged; 60: all are sound, but an index does not match its table.`,
      footer: examples("verify", "verify --all --quick", "verify /mnt/usb/vpo-library-2026-02-05T14-30-22Z.tar.gz"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Verified> {
  const started = performance.now();
  const tempDir = tempDirectoryAt(options.tempDir, context.io.env, ACTION);
  const { quick, anyDatabase } = options;
  const check: Check = { quick, tempDirectory: tempDir, library: libraryIfKnown(context), anyDatabase };
  if (options.backups.includes(PIPE)) {
    const archives = [await checkInput(options, check, context)];
    return { kind: "verified", quick, archives, seconds: (performance.now() - started) / 1000 };
  }
  const subjects = await findSubjects(options, context);
  const [first] = subjects;
  const archives = subjects.length === 1 && first !== undefined
    ? [await checkOne(first, check, context)]
    : await checkTogether(subjects, check, context);
  return { kind: "verified", quick: options.quick, archives, seconds: (performance.now() - started) / 1000 };
}

/** Checks the archive on standard input. */
async function checkInput({ backups, all }: Options, check: Check, context: Context): Promise<VerifiedArchive> {
  if (all || backups.length > 1) {
    throw new BackupError("usage", "Cannot check other backups along with standard input", "Check them on their own.");
  }
  const places = pipePlaces(check.library, check.tempDirectory, context);
  const needs = { action: ACTION, places, otherWays: `${NAME_ANOTHER_TEMP_DIR}.` };
  return await withArchiveFromInput(needs, context, async (path, own) => {
    const size = resolveFile(path).info?.size ?? 0;
    return { ...await checkOne({ path, size }, check, own), path: PIPE };
  });
}

async function findSubjects({ backups, all }: Options, context: Context): Promise<Subject[]> {
  if (all && backups.length > 0) {
    throw new BackupError("usage", "Cannot combine --all with named backups", "Give one or the other.");
  }
  const named = backups.length === 0 ? [LATEST] : backups;
  if (all) return (await listArchives(context, null)).entries.map(subjectOf);
  const newest = named.includes(LATEST) ? await findNewest(context) : null;
  const subjects = named.map((name) => {
    if (name === LATEST && newest !== null) return subjectOf(newest);
    const path = archiveAt(name, context, ACTION);
    return { path, size: resolveFile(path).info?.size ?? 0 };
  });
  return [...new Map(subjects.map((subject) => [subject.path, subject])).values()];
}

/** The library's newest backup: unlike for a restore, it counts even if it cannot be read. */
async function findNewest(context: Context): Promise<BackupEntry | null> {
  const library = libraryIfKnown(context);
  const { entries, directory } = await listArchives(context, library);
  const ours = library === null ? entries : oursAmong(entries, false);
  const newest = entries.find((entry) => entry.fault !== null || ours.includes(entry));
  const [foreign = null] = entries;
  if (newest === undefined && foreign !== null) warnOfForeign(foreign, directory, context);
  return newest ?? foreign;
}

function subjectOf({ path, archiveSize }: BackupEntry): Subject {
  return { path, size: archiveSize };
}

/** How archives are checked. */
type Check = Omit<VerifyRequest, "verb" | "archive">;

/** Runs the engine for one archive, so that a harmful one affects no other. */
async function checkOne(subject: Subject, check: Check, context: Context): Promise<VerifiedArchive> {
  try {
    const archive = archiveFound(subject.path);
    return judged(subject, await askEngine(context, { verb: "verify", archive, ...check }));
  } catch (error) {
    if (!(error instanceof BackupError) || context.io.interruption.aborted) throw error;
    return unchecked(subject, error);
  }
}

/** Runs the engine once for several small archives; if that fails, once for each. */
async function checkBatch(
  subjects: readonly Subject[],
  check: Check,
  context: Context,
): Promise<readonly VerifiedArchive[]> {
  const [first] = subjects;
  if (first === undefined) return [];
  const each = () => runLimited(subjects.map((subject) => () => checkOne(subject, check, context)), 1);
  try {
    const archives = subjects.map(({ path }) => archiveFound(path));
    const { examined } = await askEngine(context, { verb: "verify several", archives, ...check });
    return examined.map((found, index) => {
      const subject = subjects[index] ?? first;
      return "kind" in found ? judged(subject, found) : unchecked(subject, found);
    });
  } catch (error) {
    if (!(error instanceof BackupError) || context.io.interruption.aborted) throw error;
    return await each();
  }
}

function judged({ path, size }: Subject, { damage, hint, facts, remarks, seconds }: Examined): VerifiedArchive {
  const { stale, unchecked } = remarks;
  const checked = { path, archiveSize: size, hint, facts, unchecked, seconds };
  if (damage !== null) return { ...checked, verdict: "damaged", reason: damage, code: "invalid_archive" };
  if (stale === null) return { ...checked, verdict: "ok", reason: null, code: null };
  return { ...checked, verdict: "warning", reason: `sound, but ${stale}`, code: "warning" };
}

function unchecked({ path, size }: Subject, { code, message: reason, hint }: WireError | BackupError): VerifiedArchive {
  const verdict = code === "invalid_archive" ? "damaged" : "unchecked";
  return { path, archiveSize: size, verdict, reason, code, hint, facts: null, unchecked: [], seconds: 0 };
}

async function checkTogether(
  subjects: readonly Subject[],
  check: Check,
  context: Context,
): Promise<VerifiedArchive[]> {
  const batches = batchesOf(subjects);
  const progress = new SharedProgress(batches, context);
  const jobs = batches.map((batch, index) => async () => {
    const own = progress.contextOf(index);
    const [first] = batch;
    return first !== undefined && batch.length === 1
      ? [await checkOne(first, check, own)]
      : await checkBatch(batch, check, own);
  });
  const results = (await runLimited(jobs, Math.min(navigator.hardwareConcurrency, MAX_AT_ONCE))).flat();
  const checked = new Map(results.map((result) => [result.path, result]));
  // An archive that lacked space beside the others may fit alone.
  return await runLimited(
    subjects.map((subject) => async () => {
      const result = checked.get(subject.path);
      if (result !== undefined && result.code !== "insufficient_space") return result;
      return await checkOne(subject, check, { ...context, progress: () => {} });
    }),
    1,
  );
}

/** One progress line for several runs of the engine: the share of all archives that has been read. */
class SharedProgress {
  readonly #context: Context;
  readonly #done: number[];
  readonly #total: number;

  constructor(batches: readonly (readonly Subject[])[], context: Context) {
    this.#context = context;
    this.#done = batches.map(() => 0);
    this.#total = batches.flat().reduce((sum, { size }) => sum + size, 0);
    context.progress({ kind: "step", step: "verify", facts: {} });
  }

  /** The context for the run that checks the batch at `index`. */
  contextOf(index: number): Context {
    const progress = (event: EngineEvent) => {
      if (event.kind !== "progress") return;
      this.#done[index] = event.done;
      const done = this.#done.reduce((sum, bytes) => sum + bytes, 0);
      this.#context.progress({ kind: "progress", done, total: this.#total });
    };
    return { ...this.#context, progress };
  }
}
