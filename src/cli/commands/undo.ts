import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import type { Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { announceUnasked, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { locateLibrary } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { waitOption, yesOption } from "../options/global.ts";

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
      yes: yesOption,
      dryRun: option("--dry-run", { description: message`Check the previous library, change nothing.` }),
      wait: waitOption,
    }),
    {
      brief: message`Put the library back that the last restore replaced.`,
      description:
        message`The library that is there now is kept in its turn, so a second undo takes the first one back.`,
      footer: examples("undo", "undo --dry-run", "undo --yes"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Results["undo"]> {
  const confirm = !options.yes && !options.dryRun;
  if (confirm) requireSomebodyToAsk(context, "undo");
  const place = locateLibrary(context);
  if (place.destination.existing !== place.destination.directory) {
    throw new BackupError("not_found", `Cannot undo: there is no directory "${place.destination.directory}"`);
  }
  const result = await askEngine(context, {
    verb: "undo",
    ...place,
    dryRun: options.dryRun,
    waitSeconds: options.wait,
    confirm,
  });
  if (!confirm) announceUnasked(context, result);
  return result;
}
