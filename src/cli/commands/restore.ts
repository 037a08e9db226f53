import { basename, dirname, join } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Results } from "../../engine/protocol/mod.ts";
import { defineCommand } from "../command.ts";
import { backupArgument, findArchive } from "../options/archive.ts";
import { chooseBackup } from "../prompt/choose.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { announceUnasked, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { locateLibrary } from "../options/library.ts";
import { resolveFile } from "../../engine/real_paths.ts";
import { examples } from "../help/examples.ts";
import { waitOption, yesOption } from "../options/global.ts";

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
        description: message`A path, a name in the backup directory, or latest.`,
      })),
      yes: yesOption,
      dryRun: option("--dry-run", { description: message`Check the archive, change nothing.` }),
      force: option("--force", {
        description: message`Restore a library with a newer schema.`,
      }),
      wait: waitOption,
      anyDatabase: option("--any-database", {
        description: message`Restore a database that is not a VPO library, too.`,
      }),
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
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Results["restore"]> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "restore");
  const place = locateLibrary(context);
  const { backup } = options;
  const archive = backup === undefined
    ? await chooseBackup(context)
    : setAsideBeside(place.library, backup) ?? await findArchive(backup, context, "Cannot restore");
  const result = await askEngine(context, {
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

/** A set-aside library that is named like an archive, for which the engine says what to do. */
function setAsideBeside(library: string, named: string): string | null {
  if (!named.startsWith(`${basename(library)}.`)) return null;
  return resolveFile(join(dirname(library), named)).info?.isFile === true ? join(dirname(library), named) : null;
}
