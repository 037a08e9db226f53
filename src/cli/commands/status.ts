import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { resolveDirectory } from "../../engine/real_paths.ts";
import type { Status } from "../../engine/protocol/mod.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { libraryInReach } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { waitOption } from "../options/global.ts";
import { backupDirectory } from "../options/paths.ts";
import { duration } from "../options/values.ts";

/** A day, and time for a nightly backup to be late. */
const DEFAULT_MAX_AGE_SECONDS = 26 * 3600;

/** `vpo-backup status` */
export const status = defineCommand({
  name: "status",
  action: "Cannot look at the backups",
  make: parser,
  run,
});

function parser() {
  return command(
    "status",
    object({
      command: constant("status"),
      maxAge: withDefault(
        option("--max-age", duration(), {
          description: message`How old the newest good backup may be: 90min, 26h, 3d, 2w; 26h by default.`,
        }),
        DEFAULT_MAX_AGE_SECONDS,
      ),
      wait: waitOption,
    }),
    {
      brief: message`Say whether the library is safely backed up.`,
      description:
        message`Says in one line how old the newest good backup is, how many there are, how much space is left, and whether the library has changed since. Ends with exit code 61 where there is no good backup, the newest one is damaged or too old, and with 60 where there is no space for two more: for a timer or a monitor.`,
      footer: examples("status", "status --max-age 8d", "status --json"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Status> {
  const { directory, existing } = resolveDirectory(backupDirectory(context.globals.backupDir, context.io.env));
  return await askEngine(context, {
    verb: "status",
    directory,
    directoryFound: existing === directory,
    library: libraryInReach(context),
    waitSeconds: options.wait,
    maxAgeSeconds: options.maxAge,
  });
}
