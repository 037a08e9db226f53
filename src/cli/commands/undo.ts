import { join } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { announceUnasked, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { keepingDirectory } from "../options/settings_paths.ts";
import { locateLibrary, withNaming } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { waitOption, yesOption } from "../options/global.ts";
import { expandHome, hasSeparator } from "../options/paths.ts";
import { path } from "../options/values.ts";
import { resolveFile } from "../../engine/real_paths.ts";

/** `vpo-backup undo` */
export const undo = defineCommand({
  name: "undo",
  action: "Cannot undo the restore",
  make: parser,
  run,
});

function parser() {
  return command(
    "undo",
    object({
      command: constant("undo"),
      setAside: optional(argument(path("PATH"), {
        description: message`Path or name of the previous library (default: the most recent).`,
      })),
      yes: yesOption(),
      dryRun: option("--dry-run", { description: message`Check the previous library without changing anything.` }),
      wait: waitOption(),
    }),
    {
      brief: message`Undo the last restore.`,
      description:
        message`Brings back the library that the last restore replaced. The current library is kept, so a second undo reverses the first.`,
      footer: examples("undo", "undo --dry-run", "undo library.db.before-restore-2026-02-06T09-12-44Z --yes"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Results["undo"]> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "undo");
  const place = locateLibrary(context);
  if (place.destination.existing !== place.destination.directory) {
    const message = `Cannot undo: there is no directory "${place.destination.directory}"`;
    throw new BackupError(
      "not_found",
      message,
      "Check that its disk is mounted, or name the library with --library PATH.",
    );
  }
  const result = await askEngine(context, {
    verb: "undo",
    ...place,
    source: options.setAside === undefined ? null : setAsideAt(options.setAside, place.destination.directory, context),
    dryRun: options.dryRun,
    waitSeconds: options.wait,
    confirm,
    settingsDirectory: keepingDirectory(context.io.env)?.directory ?? null,
  });
  if (!confirm) announceUnasked(context, result);
  return withNaming(result, context);
}

/** A bare name is a file beside the library. */
function setAsideAt(named: string, directory: string, { io }: Context): string {
  const wanted = expandHome(named, io.env);
  return hasSeparator(wanted) ? resolveFile(wanted).path : join(directory, wanted);
}
