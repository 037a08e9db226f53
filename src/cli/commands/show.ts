import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Shown } from "../../engine/protocol/mod.ts";
import { PIPE } from "../../output/format.ts";
import { NAME_ANOTHER_TEMP_DIR } from "../../program.ts";
import { defineCommand } from "../command.ts";
import { tempDirOption } from "../options/global.ts";
import { archiveAt, backupArgument, LATEST } from "../options/archive.ts";
import { findLatestToShow, libraryIfKnown } from "../options/latest.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { pipePlaces, withArchiveFromInput } from "../pipes.ts";
import { examples } from "../help/examples.ts";
import { tempDirectoryAt } from "../options/paths.ts";
import { settingsPaths } from "../options/settings_paths.ts";

const ACTION = "Cannot show";
const OTHER_WAY = `${NAME_ANOTHER_TEMP_DIR}.`;

/** `vpo-backup show` */
export const show = defineCommand({
  name: "show",
  action: "Cannot show the backup",
  make: parser,
  run,
});

function parser() {
  return command(
    "show",
    object({
      command: constant("show"),
      backup: optional(argument(backupArgument, {
        description:
          message`A path, a name or date in the backup directory, latest (default), or - for standard input.`,
      })),
      quick: option("--quick", { description: message`Show only what needs no unpacking; writes nothing.` }),
      tempDir: tempDirOption(message`Where to unpack the library (default: next to the backup).`),
    }),
    {
      brief: message`Show a backup's contents.`,
      description:
        message`Shows the backup's details, its settings compared with yours, and its library's directories, containers and tables.`,
      footer: examples("show", "show latest --quick", "show vpo-library-2026-02-05T14-30-22Z.tar.gz --json"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run({ backup, quick, tempDir }: Options, context: Context): Promise<Shown> {
  const tempDirectory = tempDirectoryAt(tempDir, context.io.env, ACTION);
  const look = {
    quick,
    tempDirectory,
    library: libraryIfKnown(context),
    settings: settingsPaths(context.globals, context.io.env),
  };
  const show = async (archive: string, own = context) => await askEngine(own, { verb: "show", archive, ...look });
  if (backup === PIPE) {
    const needs = { action: ACTION, places: pipePlaces(look.library, tempDirectory, context), otherWays: OTHER_WAY };
    return { ...await withArchiveFromInput(needs, context, show), path: PIPE };
  }
  const named = backup ?? LATEST;
  return await show(named === LATEST ? await findLatestToShow(context, ACTION) : archiveAt(named, context, ACTION));
}
