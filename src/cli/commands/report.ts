import { basename, dirname } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { resolveDirectory } from "../../engine/real_paths.ts";
import type { PrunePlan } from "../../engine/protocol/mod.ts";
import { writeTextFiles } from "../../engine/text_file.ts";
import { BackupError } from "../../errors.ts";
import type { Generated, ReportWritten } from "../../output/outcome.ts";
import { reportPage } from "../../output/report/page.ts";
import { VERSION } from "../../version.ts";
import { askEngine } from "../ask_engine.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { examples } from "../help/examples.ts";
import { listRequest, requireBackupDirectory } from "../options/archive.ts";
import { inForce, readBackupConfig } from "../options/backup_config.ts";
import { copyMaxAgeOption, copyPlacesToLookAt, copyToOption } from "../options/copy_places.ts";
import { waitOption } from "../options/global.ts";
import { libraryMeant } from "../options/library.ts";
import { expandHome } from "../options/paths.ts";
import { asksToPrune, retentionInForce, retentionOptions, rulesOf } from "../options/retention.ts";
import { path } from "../options/values.ts";

const ACTION = "Cannot write the report";

/** `vpo-backup report` */
export const report = defineCommand({
  name: "report",
  action: ACTION,
  make: parser,
  run,
});

function parser() {
  return command(
    "report",
    object({
      command: constant("report"),
      output: optional(option("-o", "--output", path("FILE", true), {
        description: message`Write the page to this file instead of standard output.`,
      })),
      force: option("--force", { description: message`Overwrite an existing file.` }),
      verify: option("--verify", {
        description: message`Also check each backup's structure and hashes, like verify --quick.`,
      }),
      copyTo: copyToOption(),
      copyMaxAge: copyMaxAgeOption(),
      wait: waitOption(),
      retention: retentionOptions(),
    }),
    {
      brief: message`Write an HTML page about the backups.`,
      description:
        message`Writes one self-contained HTML page: whether the library is safely backed up, a calendar of the last twelve months, how the library and its backups have grown, and each backup with its age, its verdict and what the rules in force would do with it. The page loads nothing and runs no script.`,
      footer: examples("report -o backups.html", "report -o /var/www/vpo.html --force --verify"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Generated | ReportWritten> {
  const directory = requireBackupDirectory(context);
  const library = libraryMeant(context);
  const listed = await askEngine(context, { ...listRequest(directory), verify: options.verify, library });
  const status = await askEngine(context, {
    verb: "status",
    directory,
    directoryFound: true,
    library,
    waitSeconds: options.wait,
    maxAgeSeconds: inForce("max_age", undefined, readBackupConfig(context.globals, context.io.env)),
    copies: copyPlacesToLookAt(options, directory, context),
  });
  const plan = await planFor(options, directory, library, context);
  const text = reportPage({ listed, status, plan, version: VERSION });
  if (options.output === undefined || options.output === "-") return { kind: "generated", name: "report", text };
  const { directory: parent } = resolveDirectory(dirname(expandHome(options.output, context.io.env)));
  const [written = ""] = writeTextFiles(parent, [{ name: basename(options.output), text }], {
    action: ACTION,
    replace: options.force,
    remedy: "Name another file, or replace it with --force.",
  });
  return { kind: "report written", path: written };
}

/** What the rules in force would do or, if they cannot be applied, why: the page has the rest all the same. */
async function planFor(
  { retention, wait }: Options,
  directory: string,
  library: string | null,
  context: Context,
): Promise<PrunePlan | string | null> {
  const rules = retentionInForce(retention, directory, context);
  if (!asksToPrune(rules)) return null;
  try {
    return await askEngine(context, {
      verb: "plan prune",
      directory,
      library,
      waitSeconds: wait,
      rules: rulesOf(rules),
      damaged: false,
      force: false,
      allLibraries: false,
      unattended: false,
      made: null,
      included: [],
      unpack: false,
    });
  } catch (error) {
    if (!(error instanceof BackupError) || context.io.interruption.aborted) throw error;
    return error.message;
  }
}
