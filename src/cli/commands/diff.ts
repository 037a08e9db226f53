import { object } from "@optique/core/constructs";
import { message, text } from "@optique/core/message";
import { multiple, optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Diffed, DiffSource } from "../../engine/protocol/mod.ts";
import { defineCommand } from "../command.ts";
import { archiveAt, backupArgument, LATEST } from "../options/archive.ts";
import { findLatestToShow, libraryIfKnown } from "../options/latest.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { requireLibrary } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { tempDirOption, waitOption } from "../options/global.ts";
import { count } from "../options/values.ts";
import { tempDirectoryAt } from "../options/paths.ts";
import { settingsPaths } from "../options/settings_paths.ts";

const ACTION = "Cannot compare";
/** Default for the number of files that are named. */
const DEFAULT_LIMIT = 1000;

/** `vpo-backup diff` */
export const diff = defineCommand({
  name: "diff",
  action: ACTION,
  make: parser,
  run,
});

function parser() {
  return command(
    "diff",
    object({
      command: constant("diff"),
      backups: multiple(
        argument(backupArgument, {
          description: message`A path, a name in the backup directory, or latest (default).`,
        }),
        { max: 2 },
      ),
      files: option("--files", { description: message`Name the files that differ.` }),
      limit: optional(option("--limit", count(1), {
        description: message`Name at most this many files (default: ${text(`${DEFAULT_LIMIT}`)}).`,
      })),
      tempDir: tempDirOption(message`Where to unpack libraries (default: next to the first backup).`),
      wait: waitOption(),
    }),
    {
      brief: message`Compare a backup with the library or another.`,
      description:
        message`Compares the newest backup, or the one you name, with the current library, or two backups with each other: files, rows, latest scans and settings. Changes nothing.`,
      footer: examples("diff", "diff latest --files --limit 20", "diff older.tar.gz newer.tar.gz --json"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Diffed> {
  const { tempDir, limit, files, wait } = options;
  const tempDirectory = tempDirectoryAt(tempDir, context.io.env, ACTION);
  const [first = LATEST, second] = options.backups;
  const to: DiffSource | null = second === undefined
    ? { kind: "library", path: requireLibrary(context, ACTION) }
    : null;
  const from = await backup(first, context);
  return await askEngine(context, {
    verb: "diff",
    from,
    to: to ?? await backup(second ?? LATEST, context),
    tempDirectory,
    library: libraryIfKnown(context),
    waitSeconds: wait,
    limit: limit ?? (files ? DEFAULT_LIMIT : null),
    settings: settingsPaths(context.globals, context.io.env),
  });
}

async function backup(named: string, context: Context): Promise<DiffSource> {
  const path = named === LATEST ? await findLatestToShow(context, ACTION) : archiveAt(named, context, ACTION);
  return { kind: "backup", path };
}
