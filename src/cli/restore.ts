import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { BackupEntry, Results } from "../engine/protocol.ts";
import { BackupError } from "../errors.ts";
import { stripControls } from "../output/format.ts";
import { choices } from "../output/views/backups.ts";
import { backupArgument, findArchive, listArchives } from "./archives.ts";
import { announceUnasked, type Context, prompt, requireSomebodyToAsk, serve } from "./context.ts";
import { locateLibrary } from "./library.ts";
import { examples, waitOption, yesOption } from "./options.ts";

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

export async function runRestore(options: RestoreOptions, context: Context): Promise<Results["restore"]> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "restore");
  const place = locateLibrary(context);
  const { backup } = options;
  const archive = backup === undefined ? await choose(context) : await findArchive(backup, context, "Cannot restore");
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

/** Lets the person at the terminal choose. */
async function choose(context: Context): Promise<string> {
  if (context.globals.json || !context.io.terminal.input || !context.io.terminal.error) {
    throw new BackupError("usage", "Cannot tell which backup to restore", "Name one, or say: latest");
  }
  const { entries, directory } = await listArchives(context);
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
