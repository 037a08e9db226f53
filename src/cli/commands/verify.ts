import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import { resolveFile } from "../../engine/real_paths.ts";
import type { EngineEvent } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import type { Verified, VerifiedArchive } from "../../output/outcome.ts";
import { defineCommand } from "../command.ts";
import { archiveAt, backupArgument, LATEST, listArchives } from "../options/archive.ts";
import { libraryIfKnown } from "../options/latest.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { examples } from "../help/examples.ts";
import { path } from "../options/values.ts";
import { existingDirectory } from "../options/paths.ts";
import { runLimited } from "../run_limited.ts";

const ACTION = "Cannot check";
/** Archives that are checked at the same time, at most: each takes a thread or two and the room of a library. */
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
        description: message`Paths, names in the backup directory, or latest, which is what is checked by default.`,
      })),
      all: option("--all", { description: message`Check all archives in the backup directory.` }),
      quick: option("--quick", {
        description: message`Check structure and hashes only; writes nothing.`,
      }),
      tempDir: optional(option("--temp-dir", path("DIR"), {
        description: message`Where libraries are unpacked to be checked; beside the archive by default.`,
      })),
      anyDatabase: option("--any-database", {
        description: message`A database that is not a VPO library is fine, too.`,
      }),
    }),
    {
      brief: message`Check backups as a restore would.`,
      description:
        message`Reads each archive to its end, checks its structure and hashes, unpacks the library in it, has SQLite check that, and compares it with what the archive says of it. Ends with exit code 46 if one is damaged, with 60 if all are sound but an index does not match its table; the others are checked all the same.`,
      footer: examples("verify", "verify --all --quick", "verify /mnt/usb/vpo-library-2026-02-05T14-30-22Z.tar.gz"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

/** An archive to check. */
interface Subject {
  /** As it is reported. */
  readonly path: string;
  readonly size: number;
}

async function run(options: Options, context: Context): Promise<Verified> {
  const started = performance.now();
  const tempDir = options.tempDir === undefined ? null : existingDirectory(options.tempDir, context.io.env, ACTION);
  const subjects = await findSubjects(options, context);
  const [first] = subjects;
  const archives = subjects.length === 1 && first !== undefined
    ? [await checkOne(first, options, tempDir, context)]
    : await checkTogether(subjects, (subject, own) => checkOne(subject, options, tempDir, own), context);
  return { kind: "verified", quick: options.quick, archives, seconds: (performance.now() - started) / 1000 };
}

async function findSubjects({ backups, all }: Options, context: Context): Promise<Subject[]> {
  if (all && backups.length > 0) {
    throw new BackupError("usage", "Cannot check all backups and named ones", "Give either --all or names.");
  }
  const named = backups.length === 0 ? [LATEST] : backups;
  const listed = all || named.includes(LATEST) ? (await listArchives(context, libraryIfKnown(context))).entries : [];
  const newest = listed.find(({ origin }) => origin !== "other") ?? listed[0];
  if (all) return listed.map((entry) => ({ path: entry.path, size: entry.archiveSize }));
  // Unlike for a restore, the newest is the newest here even if it cannot be read.
  const paths = named.map((name) => name === LATEST ? newest?.path ?? "" : archiveAt(name, context, ACTION));
  return [...new Set(paths)].map((path) => ({ path, size: resolveFile(path).info?.size ?? 0 }));
}

const NOTHING_SEEN = { facts: null, unchecked: [], seconds: 0 } as const;

/** A run of the engine for each archive: so one that does harm harms no other. */
async function checkOne(
  subject: Subject,
  options: Options,
  tempDir: string | null,
  context: Context,
): Promise<VerifiedArchive> {
  const { path, size } = subject;
  try {
    const { path: archive, info } = resolveFile(path);
    if (info?.isFile === false) throw new BackupError("invalid_archive", "it is not a regular file");
    const { quick, anyDatabase } = options;
    const library = libraryIfKnown(context);
    const request = { verb: "verify", archive, quick, tempDirectory: tempDir, library, anyDatabase } as const;
    const { damage, hint, facts, remarks: { stale, unchecked }, seconds } = await askEngine(context, request);
    const checked = { path, archiveSize: size, hint, facts, unchecked, seconds };
    if (damage !== null) return { ...checked, verdict: "damaged", reason: damage, code: "invalid_archive" };
    if (stale === null) return { ...checked, verdict: "ok", reason: null, code: null };
    return { ...checked, verdict: "warning", reason: `sound, but ${stale}`, code: "warning" };
  } catch (error) {
    if (!(error instanceof BackupError) || context.io.interruption.aborted) throw error;
    const { code, message: reason, hint } = error;
    const verdict = code === "invalid_archive" ? "damaged" : "unchecked";
    return { path, archiveSize: size, verdict, reason, code, hint, ...NOTHING_SEEN };
  }
}

async function checkTogether(
  subjects: readonly Subject[],
  check: (subject: Subject, context: Context) => Promise<VerifiedArchive>,
  context: Context,
): Promise<VerifiedArchive[]> {
  const progress = new SharedProgress(subjects, context);
  const jobs = subjects.map((subject, index) => () => check(subject, progress.contextOf(index)));
  const results = await runLimited(jobs, Math.min(navigator.hardwareConcurrency, MAX_AT_ONCE));
  // One that found no room beside the others may find it alone.
  return await runLimited(
    results.map((result, index) => async () => {
      const subject = subjects[index];
      if (result.code !== "insufficient_space" || subject === undefined) return result;
      return await check(subject, progress.contextOf(index));
    }),
    1,
  );
}

/** One progress line for several runs of the engine: how much of all archives has been read. */
class SharedProgress {
  readonly #context: Context;
  readonly #done: number[];
  readonly #total: number;

  constructor(subjects: readonly Subject[], context: Context) {
    this.#context = context;
    this.#done = subjects.map(() => 0);
    this.#total = subjects.reduce((sum, { size }) => sum + size, 0);
    context.progress({ kind: "step", step: "verify", facts: {} });
  }

  /** The context for the run that checks the archive at `index`. */
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
