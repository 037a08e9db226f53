import { basename, dirname } from "node:path";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { ARCHIVE_SUFFIX } from "../../engine/protocol/mod.ts";
import { resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { PIPE } from "../../output/format.ts";
import type { Outcome } from "../../output/outcome.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import { backUpToOutput, settingsForOutput } from "../backup_to_output.ts";
import { copyAfter, planCopies } from "../copy_after.ts";
import type { Context } from "../context.ts";
import { requireLibrary } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { tempDirOption, waitOption } from "../options/global.ts";
import {
  areMeantForCopies,
  claimCopyPlace,
  type ClaimedPlace,
  copyPlaces,
  copyToOption,
} from "../options/copy_places.ts";
import { count, path } from "../options/values.ts";
import { type BackupPlace, claimPlace } from "../options/backup_place.ts";
import { inForce, readBackupConfig } from "../options/backup_config.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { expandHome, hasSeparator, tempDirectoryAt, VARIABLES } from "../options/paths.ts";
import { settingsPaths } from "../options/settings_paths.ts";
import { pruneAfter, pruneBeside } from "./prune.ts";
import {
  asksToPrune,
  refuseZeros,
  retentionInForce,
  type RetentionOptions,
  retentionOptions,
} from "../options/retention.ts";

const UNKNOWN_BEFORE_COPYING =
  "whether the newest backup holds the same, so that none is made, is known only once the library is copied";

/** `vpo-backup backup` */
export const backup = defineCommand({
  name: "backup",
  action: "Cannot back up the library",
  make: parser,
  run,
});

function parser() {
  return command(
    "backup",
    merge(
      object({
        command: constant("backup"),
        output: optional(option("-o", "--output", path("PATH"), {
          description:
            message`Where to write the backup: a directory, a file ending in .tar.gz, or - for standard output.`,
        })),
        dryRun: option("--dry-run", { description: message`Run all checks without writing anything.` }),
        makeDir: option("--make-dir", {
          description: message`Use a missing or new backup directory without asking.`,
        }),
        force: option("--force", {
          description:
            message`Overwrite the file that --output names; also back up a library that has a second hard link.`,
        }),
        wait: waitOption(),
        level: optional(option("--level", count(1, 9), {
          description: message`Compression level (default: 3).`,
        })),
        noReuse: option("--no-reuse", {
          description: message`Don't reuse blocks from the newest backup.`,
        }),
        copyTo: copyToOption(),
        skipUnchanged: option("--skip-unchanged", {
          description: message`Skip the backup if the newest one there has the same contents.`,
        }),
        tempDir: tempDirOption(
          message`Where SQLite works on the copy (default: next to the library, or the next best place).`,
        ),
        settings: option("--settings", {
          description: message`Include the settings even if others can read the backup.`,
        }),
        noSettings: option("--no-settings", {
          description: message`Leave out config.toml, policies, profiles and plugins.`,
        }),
        anyDatabase: option("--any-database", {
          description: message`Accept a database that is not a VPO library.`,
        }),
      }),
      retentionOptions(),
    ),
    {
      brief: message`Back up the library.`,
      description:
        message`Copies the library while VPO keeps running, checks the copy, packs it and VPO's settings into one archive and reads it back. Only then does the archive get its final name.`,
      footer: examples(
        "backup",
        "backup --output /mnt/usb/ --make-dir",
        "backup --keep-daily 7 --keep-weekly 8",
        "backup --copy-to /mnt/usb",
        "backup --wait 60 --json",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Outcome> {
  if (options.output !== PIPE) return await backUp(options, context);
  return await backUpToOutput(options, context, (path) => backUp({ ...options, output: path }, context, false));
}

/** @param isKept whether the archive stays, so that it may be copied to other places */
async function backUp(options: Options, context: Context, isKept = true): Promise<Outcome> {
  const { io, globals } = context;
  if (options.settings && options.noSettings) {
    throw new BackupError("usage", "Cannot use --settings and --no-settings together", "Drop one of them.");
  }
  const config = readBackupConfig(globals, io.env);
  const said = options.noSettings ? false : options.settings ? true : config.values.settings;
  const wanted = isKept ? said : settingsForOutput(said, context);
  const library = requireLibrary(context, "Cannot back up");
  const output = options.output === undefined ? undefined : expandHome(options.output, io.env);
  const place = output === undefined
    ? { destination: resolveDirectory(backupDirectory(globals, io.env)), filename: null }
    : resolveOutput(output, library);
  const rules = rulesFor(place, options, context);
  const copyTo = isKept ? copyPlaces(options.copyTo, place.destination.directory, context) : [];
  if (options.skipUnchanged) refuseSkipping(place, copyTo);
  const claim = await claimPlace(place, options, context);
  const copies = await inTurn(copyTo, (destination) => claimCopyPlace(destination, options, context));
  const tempDirectory = tempDirectoryAt(options.tempDir, io.env, "Cannot back up");
  const result = await askEngine(context, {
    verb: "backup",
    library,
    destination: place.destination,
    filename: place.filename,
    claim,
    force: options.force,
    dryRun: options.dryRun,
    waitSeconds: options.wait,
    level: inForce("level", options.level, config),
    reuse: !options.noReuse,
    skipUnchanged: options.skipUnchanged,
    anyDatabase: options.anyDatabase,
    tempDirectory,
    settings: wanted === false
      ? null
      : { paths: settingsPaths(globals, io.env), insist: wanted === true, copies: copies.flatMap(placeToTry) },
  });
  if (result.fileCount === 0 && !options.anyDatabase) {
    const message =
      `the library lists no files: "${library}"; if VPO works with another one, name it with --library PATH`;
    context.reporter.event({ kind: "warning", message });
  }
  if (result.kind === "skipped") return result;
  if (result.kind === "planned") {
    if (options.skipUnchanged) context.reporter.event({ kind: "warning", message: UNKNOWN_BEFORE_COPYING });
    return { ...result, copies: planCopies(copies, context) };
  }
  const workPlaces = tempDirectory === null ? [dirname(library), dirname(result.path)] : [tempDirectory];
  const keep = { ...rules, wait: options.wait };
  const keepThere = { ...rulesForCopies(options, rules, context), wait: options.wait };
  const prune = asksToPrune(keepThere) ? (path: string) => pruneBeside(path, library, keepThere, context) : null;
  const copied = await copyAfter(result, copies, { library, workPlaces, prune }, context);
  const pruned = asksToPrune(keep) ? await pruneAfter(result, library, keep, context) : null;
  return { kind: "backed up", created: result, copies: copied, pruned };
}

/** The rules in force for the place of the backup. */
function rulesFor(place: BackupPlace, options: Options, context: Context): RetentionOptions {
  // The file's rules do not apply to a place that was named for this run.
  const isNamed = options.output !== undefined;
  const rules = isNamed ? options : retentionInForce(options, place.destination.directory, context);
  refuseZeros(rules, "Cannot back up");
  if (asksToPrune(rules) && place.filename !== null) {
    throw new BackupError(
      "usage",
      "Cannot apply --keep options to a backup with a file name of its own",
      "Give --output a directory, or drop the --keep options.",
    );
  }
  return rules;
}

/** The rules in force for the places of copies, given those for the backup directory. */
function rulesForCopies(
  options: Options,
  main: RetentionOptions,
  { io, globals, reporter }: Context,
): RetentionOptions {
  const config = readBackupConfig(globals, io.env);
  if (areMeantForCopies(options.copyTo, config, io.env)) return main;
  if (options.copyTo.length === 0 && asksToPrune(config.values)) {
    const message =
      `the rules in "${config.path}" are not for the places in ${VARIABLES.copyTo}: they remove nothing there`;
    reporter.event({ kind: "warning", message });
  }
  return options;
}

/** The directory of a copy, if one can be made there as far as is known. */
function placeToTry({ destination: { existing }, refusal }: ClaimedPlace): string[] {
  const { state } = Deno.permissions.querySync({ name: "write", path: existing });
  return refusal === null && state === "granted" ? [existing] : [];
}

function refuseSkipping({ filename }: BackupPlace, copyTo: readonly unknown[]): void {
  if (filename !== null) {
    const hint = "Give --output a directory, or drop --skip-unchanged.";
    throw new BackupError("usage", "Cannot skip a backup with a file name of its own", hint);
  }
  if (copyTo.length > 0) {
    // A disk that was away when the backup was made would never get its copy.
    throw new BackupError("usage", "Cannot skip a backup that is to be copied", "Drop --skip-unchanged or the copies.");
  }
}

/** Sequentially, because each may ask. */
async function inTurn<T, R>(values: readonly T[], act: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const value of values) results.push(await act(value));
  return results;
}

/** Decides whether an output is a directory or a file name, and refuses what can be neither. */
function resolveOutput(output: string, library: string): BackupPlace {
  const { path: real, info } = resolveFile(output);
  if (real === library) throw unusable(output, "it is the library itself");
  if (info?.isDirectory === true || hasSeparator(output.slice(-1))) {
    return { destination: resolveDirectory(output), filename: null };
  }
  if (output.endsWith(ARCHIVE_SUFFIX)) {
    if (info !== null && !info.isFile) throw unusable(output, "it is not a regular file");
    return { destination: resolveDirectory(dirname(output)), filename: basename(output) };
  }
  if (info !== null || /\.[A-Za-z0-9]{1,4}$/.test(output)) {
    throw unusable(output, `a file name must end in ${ARCHIVE_SUFFIX}`);
  }
  return { destination: resolveDirectory(output), filename: null };
}

function unusable(output: string, why: string): BackupError {
  return new BackupError("usage", `Cannot back up to "${output}": ${why}`, "Name a directory or another file.");
}
