import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { resolveDirectory } from "../engine/places.ts";
import type { Results } from "../engine/protocol.ts";
import { BackupError } from "../errors.ts";
import { type Context, serve } from "./context.ts";
import { examples, path } from "./options.ts";
import { backupDirectory, expandHome } from "./paths.ts";

export const backupsCommand = command(
  "backups",
  object({
    command: constant("backups"),
    path: optional(option("-p", "--path", path("DIR"), {
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

export async function runBackups(options: BackupsOptions, context: Context): Promise<Results["list"]> {
  const { io, globals } = context;
  const named = options.path ?? globals.backupDir;
  const wanted = named === undefined ? backupDirectory(undefined, io.env) : expandHome(named, io.env);
  const { directory, existing } = resolveDirectory(wanted);
  if (existing === directory) return await serve(context, { verb: "list", directory });
  if (named !== undefined) {
    throw new BackupError("not_found", `Cannot list backups: there is no directory "${named}"`, "Check its name.");
  }
  return { kind: "listed", directory, entries: [] };
}
