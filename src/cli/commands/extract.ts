import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant, option } from "@optique/core/primitives";
import type { Extracted } from "../../engine/protocol/mod.ts";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { askEngine } from "../ask_engine.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { examples } from "../help/examples.ts";
import { archiveAt, backupArgument, LATEST } from "../options/archive.ts";
import { findLatestToShow } from "../options/latest.ts";
import { placesOfLibraries } from "../options/library.ts";
import { expandHome } from "../options/paths.ts";
import { path } from "../options/values.ts";

const ACTION = "Cannot extract";

/** `vpo-backup extract` */
export const extract = defineCommand({
  name: "extract",
  action: "Cannot extract the library",
  make: parser,
  run,
});

function parser() {
  return command(
    "extract",
    object({
      command: constant("extract"),
      backup: argument(backupArgument, {
        description: message`A path, a name in the backup directory, or latest.`,
      }),
      output: optional(option("-o", "--output", path("DIR"), {
        description: message`Directory for library.db, created if missing (default: the current directory).`,
      })),
      settings: option("--settings", {
        description: message`Also extract VPO's settings, including plugins, into a new directory named settings.`,
      }),
      salvage: option("--salvage", {
        description:
          message`If the backup is damaged, write its sound parts to library.salvaged.db, with zeros for the rest.`,
      }),
      anyDatabase: option("--any-database", {
        description: message`Accept a database that is not a VPO library.`,
      }),
    }),
    {
      brief: message`Extract the library from a backup.`,
      description:
        message`Checks the whole backup as a restore would, then writes the library in it to a directory and, with --settings, VPO's settings beside it. Never replaces a file. Exit code 46: the backup is damaged; 60: it is damaged, and --salvage wrote what is left of it.`,
      footer: examples("extract latest -o /tmp/look", "extract vpo-library-2026-02-05T14-30-22Z.tar.gz --salvage"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run({ backup, output, salvage, settings, anyDatabase }: Options, context: Context): Promise<Extracted> {
  const destination = resolveDirectory(expandHome(output ?? ".", context.io.env));
  if (!Deno.statSync(destination.existing).isDirectory) {
    throw new BackupError("usage", `${ACTION} to "${output}": it is not a directory`, "Name another one.");
  }
  const archive = backup === LATEST ? await findLatestToShow(context, ACTION) : archiveAt(backup, context, ACTION);
  const extracted = await askEngine(context, {
    verb: "extract",
    archive,
    destination,
    salvage,
    settings,
    anyDatabase,
    libraries: placesOfLibraries(context),
  });
  if (settings && extracted.settings === null) {
    const why = extracted.salvage === null ? "the backup holds no settings" : "settings are not salvaged";
    context.reporter.event({ kind: "warning", message: why });
  }
  return extracted;
}
