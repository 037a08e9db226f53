import { object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { NIGHTLY_HOURS, type Status } from "../../engine/protocol/mod.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { libraryMeant, toName } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { waitOption } from "../options/global.ts";
import { inForce, readBackupConfig } from "../options/backup_config.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { copyMaxAgeOption, copyPlacesToLookAt, copyToOption } from "../options/copy_places.ts";
import { duration } from "../options/values.ts";

/** `vpo-backup status` */
export const status = defineCommand({
  name: "status",
  action: "Cannot look at the backups",
  hasMetrics: true,
  make: parser,
  run,
});

function parser() {
  return command(
    "status",
    object({
      command: constant("status"),
      // A day, and time for a nightly backup to be late.
      maxAge: optional(option("--max-age", duration(), {
        description: message`Maximum age of the newest good backup: 90min, 26h, 3d, 2w (default: ${
          text(`${NIGHTLY_HOURS}h`)
        }).`,
      })),
      copyTo: copyToOption(),
      copyMaxAge: copyMaxAgeOption(),
      wait: waitOption(),
    }),
    {
      brief: message`Check for a recent, sound backup.`,
      description:
        message`Shows in one line the age of the newest good backup, the number of backups, free space, and whether the library has changed since. For timers and monitors: exit code 61 means no good backup, or the newest is damaged or too old; 60 means no space for two more.`,
      footer: examples("status", "status --max-age 8d", "status --format prometheus"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Status> {
  const { directory, existing } = resolveDirectory(backupDirectory(context.globals, context.io.env));
  const found = await askEngine(context, {
    verb: "status",
    directory,
    directoryFound: existing === directory,
    library: libraryMeant(context),
    waitSeconds: options.wait,
    maxAgeSeconds: inForce("max_age", options.maxAge, readBackupConfig(context.globals, context.io.env)),
    copies: copyPlacesToLookAt(options, directory, context),
  });
  return { ...found, toName: toName(context) };
}
