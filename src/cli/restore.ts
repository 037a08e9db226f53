import { join } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import { resolveDirectory, resolveFile } from "../engine/places.ts";
import type { BackupEntry, Result } from "../engine/protocol.ts";
import { BackupError } from "../errors.ts";
import { stripControls } from "../output/format.ts";
import { choices } from "../output/views/backups.ts";
import { announceUnasked, type Context, prompt, requireSomebodyToAsk, serve } from "./context.ts";
import { locateLibrary } from "./library.ts";
import { backupArgument, examples, LATEST, waitOption, yesOption } from "./options.ts";
import { backupDirectory, expandHome } from "./paths.ts";

export const restoreCommand = command(
  "restore",
  object({
    command: constant("restore"),
    backup: optional(argument(backupArgument, {
      description: message`A path, a name in the backup directory, or latest.`,
    })),
    yes: yesOption,
    dryRun: option("--dry-run", { description: message`Check the archive, change nothing.` }),
    force: option("--force", { description: message`Restore a library with a newer schema, or with damaged indexes.` }),
    wait: waitOption,
    anyDatabase: option("--any-database", { description: message`Restore a database that is not a VPO library, too.` }),
  }),
  {
    brief: message`Put a backup in place of the library.`,
    description:
      message`Checks the whole archive first, asks, and replaces the library in one step. The library that was there is kept beside it; undo puts it back.`,
    footer: examples(
      "restore latest",
      "restore vpo-library-2026-02-05T14-30-22Z.tar.gz --dry-run",
      "restore latest --yes",
    ),
  },
);

export type RestoreOptions = InferValue<typeof restoreCommand>;

export async function runRestore(options: RestoreOptions, context: Context): Promise<Result> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "restore");
  const place = locateLibrary(context);
  const archive = await findArchive(options.backup, context);
  const result = await serve(context, {
    verb: "restore",
    archive,
    ...place,
    dryRun: options.dryRun,
    force: options.force,
    waitSeconds: options.wait,
    anyDatabase: options.anyDatabase,
    confirm,
  });
  if (!confirm) announceUnasked(context, result);
  return result;
}

/** Real path of the archive that the user means. */
async function findArchive(named: string | undefined, context: Context): Promise<string> {
  const { io, globals } = context;
  if (named === LATEST) return await newest(context);
  if (named === undefined) return await choose(context);
  const wanted = expandHome(named, io.env);
  const isBareName = !/[/\\]/.test(wanted);
  const directory = isBareName ? backupDirectory(globals.backupDir, io.env) : "";
  const candidates = isBareName ? [join(directory, wanted), wanted] : [wanted];
  for (const candidate of candidates) {
    const { path: real, info } = resolveFile(candidate);
    if (info !== null) return requireFile(real, info);
  }
  throw new BackupError(
    "not_found",
    `Cannot restore "${named}": there is no such archive${isBareName ? ` in "${directory}" or here` : ""}`,
    "Show what there is with: vpo-backup backups",
  );
}

function requireFile(path: string, info: Deno.FileInfo): string {
  if (info.isFile) return path;
  throw new BackupError("invalid_archive", `Cannot restore "${path}": it is not a regular file`);
}

/** The newest archive that can be read; a newer one that cannot is pointed out. */
async function newest(context: Context): Promise<string> {
  const { entries, directory } = await listEntries(context);
  const index = entries.findIndex((entry) => entry.error === null);
  const entry = entries[index];
  if (entry === undefined) throw noBackups(directory, entries.length);
  for (const { filename } of entries.slice(0, index)) {
    const message = `${filename} is newer, but it cannot be read: the next older backup is used`;
    context.reporter.event({ kind: "warning", message });
  }
  return entry.path;
}

/** Lets the person at the terminal choose. */
async function choose(context: Context): Promise<string> {
  if (context.globals.json || !context.io.terminal.input || !context.io.terminal.error) {
    throw new BackupError("usage", "Cannot tell which backup to restore", "Name one, or say: latest");
  }
  const { entries, directory } = await listEntries(context);
  if (entries.length === 0) throw noBackups(directory, 0);
  const range = entries.length === 1 ? "1" : `1-${entries.length}`;
  context.io.err(`Backups in ${stripControls(directory)}:\n${choices(entries).join("\n")}\n`);
  const answer = await prompt(context, `Which one? [${range}, Enter for none] `);
  return chosen(entries, (answer ?? "").trim());
}

function chosen(entries: readonly BackupEntry[], answer: string): string {
  if (answer === "") throw new BackupError("general", "Declined; nothing was changed");
  const entry = /^\d+$/.test(answer) ? entries[Number(answer) - 1] : undefined;
  if (entry === undefined) throw new BackupError("usage", `There is no backup number "${answer}"; nothing was changed`);
  return entry.path;
}

async function listEntries(context: Context) {
  const { existing, directory } = resolveDirectory(backupDirectory(context.globals.backupDir, context.io.env));
  if (existing !== directory) throw noBackups(directory, 0);
  return await serve(context, { verb: "list", directory });
}

function noBackups(directory: string, damaged: number): BackupError {
  return new BackupError(
    "not_found",
    damaged === 0 ? `No backups found in "${directory}"` : `All ${damaged} backups in "${directory}" are damaged`,
    "Name another directory with --backup-dir DIR, or an archive by its path.",
  );
}
