import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { string } from "@optique/core/valueparser";
import { resolveDirectory } from "../engine/places.ts";
import { BackupError } from "../errors.ts";
import { type Context, serve } from "./context.ts";
import { examples } from "./options.ts";
import { backupDirectory, expandHome } from "./paths.ts";

export const backupsCommand = command(
  "backups",
  object({
    command: constant("backups"),
    path: optional(option("-p", "--path", string({ metavar: "DIR" }), {
      description: message`The directory to list; the backup directory by default.`,
    })),
  }),
  {
    aliases: ["list"],
    brief: message`List the backups.`,
    description:
      message`Lists the archives of a directory, the newest first. Damaged ones stay in the list; -v says why.`,
    footer: examples("backups", "backups --path /mnt/usb", "list --json"),
  },
);

export type BackupsOptions = InferValue<typeof backupsCommand>;

export async function runBackups(options: BackupsOptions, context: Context): Promise<void> {
  const { io, globals, reporter } = context;
  const named = options.path ?? globals.backupDir;
  const path = named === undefined ? backupDirectory(undefined, io.env) : expandHome(named, io.env);
  const { directory, existing } = resolveDirectory(path);
  if (existing === directory) return reporter.listed(await serve(context, { verb: "list", directory }));
  if (named !== undefined) {
    throw new BackupError("not_found", `Cannot list backups: there is no directory "${named}"`, "Check its name.");
  }
  reporter.listed({ kind: "listed", directory, entries: [] });
}
