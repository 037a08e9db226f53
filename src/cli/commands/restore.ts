import { basename, dirname, join } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Results, SettingsRequest, SettingsWish } from "../../engine/protocol/mod.ts";
import { FIND_SOUND_BACKUPS, PROGRAM, typedWord } from "../../program.ts";
import { defineCommand } from "../command.ts";
import { BackupError } from "../../errors.ts";
import { formatTime, PIPE, stripControls } from "../../output/format.ts";
import { archiveAt, backupArgument, LATEST } from "../options/archive.ts";
import {
  archiveOf,
  type Doubt,
  findLatest,
  findSoundOne,
  libraryIfKnown,
  restoreCommandFor,
  type Wanted,
} from "../options/latest.ts";
import { chooseBackup } from "../prompt/choose.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { announceUnasked, confirm as confirmIn, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { locateLibrary, withNaming } from "../options/library.ts";
import { settingsDestination } from "../options/settings_paths.ts";
import { resolveFile } from "../../engine/real_paths.ts";
import { pipePlaces, withArchiveFromInput } from "../pipes.ts";
import { examples } from "../help/examples.ts";
import { waitOption, yesOption } from "../options/global.ts";

const ACTION = "Cannot restore";

/** `vpo-backup restore` */
export const restore = defineCommand({
  name: "restore",
  action: "Cannot restore the backup",
  make: parser,
  run,
});

function parser() {
  return command(
    "restore",
    object({
      command: constant("restore"),
      backup: optional(argument(backupArgument, {
        description:
          message`A path, a name or date in the backup directory, latest, or - for standard input; without it you choose.`,
      })),
      yes: yesOption(),
      dryRun: option("--dry-run", { description: message`Check the backup without changing anything.` }),
      force: option("--force", {
        description: message`Allow a library with a newer schema.`,
      }),
      settings: option("--settings", {
        description: message`Restore config.toml, backup.toml, policies and profiles, too.`,
      }),
      plugins: option("--plugins", {
        description: message`Restore plugins, too: programs that VPO will run.`,
      }),
      settingsOnly: option("--settings-only", {
        description: message`Restore the settings and leave the library alone.`,
      }),
      wait: waitOption(),
      anyDatabase: option("--any-database", {
        description: message`Accept a database that is not a VPO library.`,
      }),
    }),
    {
      brief: message`Restore the library from a backup.`,
      description:
        message`Checks the whole backup, asks, and replaces the library in one step. The previous library is kept next to it; undo brings it back.`,
      footer: examples(
        "restore latest",
        "restore vpo-library-2026-02-05T14-30-22Z.tar.gz --dry-run",
        "restore latest --yes",
        "restore latest --settings",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Results["restore"] | Results["restore settings"]> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "restore");
  return await (options.settingsOnly ? restoreSettings : restoreLibrary)(options, confirm, context);
}

async function restoreLibrary(options: Options, confirm: boolean, context: Context): Promise<Results["restore"]> {
  const place = locateLibrary(context);
  const wanted = {
    library: place.library,
    waitSeconds: options.wait,
    unpack: place.destination.existing === place.destination.directory,
    flags: flagsOf(options),
  };
  const isWanted = options.settings || options.plugins;
  const settings = isWanted ? requireSettings(options, context) : settingsRequest(options, context);
  const replaceBy = async (archive: string, own = context) =>
    await askEngine(own, {
      verb: "restore",
      archive,
      ...place,
      dryRun: options.dryRun,
      force: options.force,
      waitSeconds: options.wait,
      anyDatabase: options.anyDatabase,
      confirm,
      settings,
    });
  const replaceByNamed = async () => {
    const archive = await findWanted(options.backup, confirm ? "ask" : "refuse", wanted, context);
    try {
      return await replaceBy(archive);
    } catch (error) {
      return await replaceBy(await insteadOf(archive, error, confirm, wanted, context));
    }
  };
  const replaceByInput = async () => {
    const needs = { action: ACTION, places: [place.destination.existing], otherWays: null };
    const result = await withArchiveFromInput(needs, context, replaceBy);
    return { ...result, replacement: { ...result.replacement, source: PIPE } };
  };
  const result = options.backup === PIPE ? await replaceByInput() : await replaceByNamed();
  if (!confirm) announceUnasked(context, result);
  return withNaming(result, context);
}

/** This may be what repairs an unusable config.toml, so it is not asked for the library here. */
async function restoreSettings(
  options: Options,
  confirm: boolean,
  context: Context,
): Promise<Results["restore settings"]> {
  const settings = requireSettings({ ...options, settings: true }, context);
  const wanted = {
    library: libraryIfKnown(context),
    waitSeconds: options.wait,
    unpack: false,
    flags: flagsOf(options),
  };
  const restoreFrom = async (archive: string, own = context) =>
    await askEngine(own, { verb: "restore settings", archive, settings, dryRun: options.dryRun, confirm });
  if (options.backup !== PIPE) {
    return await restoreFrom(await findWanted(options.backup, confirm ? "ask" : "refuse", wanted, context));
  }
  const needs = { action: ACTION, places: pipePlaces(wanted.library, null, context), otherWays: null };
  return { ...await withArchiveFromInput(needs, context, restoreFrom), source: PIPE };
}

/** The options that say what is restored. */
function flagsOf({ settings, plugins, settingsOnly, anyDatabase }: Options): string[] {
  const given = { "--settings": settings, "--plugins": plugins, "--settings-only": settingsOnly };
  return Object.entries({ ...given, "--any-database": anyDatabase }).flatMap(([flag, isGiven]) =>
    isGiven ? [flag] : []
  );
}

/** What to do with the settings; null where there is no place for any. */
function settingsRequest({ settings, plugins }: SettingsWish, { io, globals }: Context): SettingsRequest | null {
  const destination = settingsDestination(globals, io.env, new Date());
  return destination === null ? null : { destination, wish: { settings, plugins } };
}

/** @throws {BackupError} `usage` */
function requireSettings(wish: SettingsWish, context: Context): SettingsRequest {
  const request = settingsRequest(wish, context);
  if (request !== null) return request;
  const message = "Cannot tell where the settings go: HOME is not set, or out of reach";
  throw new BackupError("usage", message, `Extract them instead with: ${PROGRAM} extract BACKUP --settings`);
}

/** A set-aside library given in place of an archive, for which the engine says what to do. */
function setAsideBeside(library: string, named: string): string | null {
  if (!named.startsWith(`${basename(library)}.`)) return null;
  return resolveFile(join(dirname(library), named)).info?.isFile === true ? join(dirname(library), named) : null;
}

async function findWanted(
  named: string | undefined,
  doubt: Doubt,
  wanted: Wanted,
  context: Context,
): Promise<string> {
  if (named === undefined) return await chooseBackup(context, wanted.library);
  if (named === LATEST) return await findLatest(context, ACTION, wanted, doubt);
  const setAside = wanted.library === null ? null : setAsideBeside(wanted.library, named);
  return setAside ?? archiveAt(named, context, ACTION);
}

/**
 * The backup that is restored instead of a damaged one, after a yes.
 *
 * @throws the fault of the damaged one, with the command that restores the newest sound one
 */
async function insteadOf(
  archive: string,
  error: unknown,
  asks: boolean,
  wanted: Wanted,
  context: Context,
): Promise<string> {
  if (!(error instanceof BackupError) || error.code !== "invalid_archive") throw error;
  const sound = await findSoundOne(archive, context, wanted);
  const own = error.hint === FIND_SOUND_BACKUPS ? null : error.hint;
  if (sound === null) {
    const salvage = `If this is the only backup, save what it still holds with: ${PROGRAM} extract ${
      typedWord(archive)
    } --salvage`;
    throw new BackupError(error.code, error.message, own ?? salvage, { cause: error });
  }
  const { filename, createdAt } = sound;
  if (asks) {
    context.reporter.event({ kind: "warning", message: error.message });
    const name = `${stripControls(filename)}, created ${formatTime(createdAt)}`;
    if (await confirmIn(context, `The newest sound backup is ${name}. Restore that one?`)) {
      return archiveOf(sound, ACTION);
    }
  }
  const message = `${error.message}; the newest sound backup is ${filename}`;
  const command = restoreCommandFor(sound, context, wanted.flags);
  const hint = own === null ? `Restore that with: ${command}` : `${own} Or restore that: ${command}`;
  throw new BackupError(error.code, message, hint, { cause: error });
}
