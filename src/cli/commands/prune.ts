import { basename, dirname } from "node:path";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import type { BackupCreated, Pruned, PrunePlan } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { formatPlural, formatSize } from "../../output/format.ts";
import { describeDoubtful, describePlan } from "../../output/views/prune.ts";
import { PROGRAM } from "../../program.ts";
import { defineCommand } from "../command.ts";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { requireBackupDirectory } from "../options/archive.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { confirm, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { examples } from "../help/examples.ts";
import { waitOption, yesOption } from "../options/global.ts";
import { libraryMeant } from "../options/library.ts";
import {
  asksToPrune,
  retentionInForce,
  type RetentionOptions,
  retentionOptions,
  rulesOf,
} from "../options/retention.ts";

/** `vpo-backup prune` */
export const prune = defineCommand({
  name: "prune",
  action: "Cannot prune the backups",
  make: parser,
  run,
});

function parser() {
  return command(
    "prune",
    merge(
      object({
        command: constant("prune"),
        yes: yesOption(),
        dryRun: option("--dry-run", { description: message`Show what would be removed without removing it.` }),
        damaged: option("--damaged", { description: message`Also remove damaged backups.` }),
        force: option("--force", { description: message`Continue even if the clock seems wrong.` }),
        allLibraries: option("--all-libraries", {
          description: message`Apply the rules to every library's backups, each separately.`,
        }),
        wait: waitOption(),
      }),
      retentionOptions(),
    ),
    {
      brief: message`Remove old backups.`,
      description:
        message`Shows which backups the rules keep, asks, and removes the rest. Always keeps the newest good backup, files that are not backups, and, unless you say otherwise, backups that may be of another library. All periods are in UTC.`,
      footer: examples(
        "prune --keep-daily 7 --keep-weekly 8 --keep-monthly 12 --dry-run",
        "prune --keep-within 30d --yes",
        "prune --keep-last 20 --max-total-size 2GB",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<PrunePlan | Pruned> {
  const { directory: named } = resolveDirectory(backupDirectory(context.globals, context.io.env));
  const rules = retentionInForce(options, named, context);
  if (!asksToPrune(rules)) {
    throw new BackupError(
      "usage",
      "Cannot prune: no retention rule given",
      `Give one, such as --keep-last 10, or write it down once: ${PROGRAM} config init`,
    );
  }
  const asks = !options.yes && !options.dryRun;
  if (asks) {
    const hint = "Use --yes to remove backups without asking, or --dry-run to preview.";
    requireSomebodyToAsk(context, "prune", hint);
  }
  const directory = requireBackupDirectory(context);
  const plan = await planFor({ ...options, ...rules }, directory, asks, context);
  if (options.dryRun) return plan;
  announce(plan, context, asks);
  if (asks && plan.removed.length > 0 && !await confirm(context, questionOf(plan))) throw declined();
  return await askEngine(context, { verb: "prune", plan });
}

/** Plans, and asks about backups that do not say which library they are of. */
async function planFor(options: Options, directory: string, asks: boolean, context: Context): Promise<PrunePlan> {
  const request = {
    verb: "plan prune",
    directory,
    library: libraryMeant(context),
    waitSeconds: options.wait,
    rules: rulesOf(options),
    damaged: options.damaged,
    force: options.force,
    allLibraries: options.allLibraries,
    unattended: options.yes,
    made: null,
    unpack: asks || options.allLibraries,
  } as const;
  const plan = await askEngine(context, { ...request, included: [] });
  const { doubtful } = plan;
  if (!asks || doubtful.length === 0) return plan;
  context.io.err(describeDoubtful(plan).map((line) => `${line}\n`).join("") + "\n");
  const which = doubtful.length === 1 ? "Is this a backup" : `Are these ${doubtful.length} backups`;
  if (!await confirm(context, `${which} of the library being pruned?`)) return plan;
  return await askEngine(context, { ...request, included: doubtful });
}

/** Removes what the options do not keep, beside a backup that was just made, or a copy of one. */
export async function pruneBeside(
  path: string,
  library: string,
  options: RetentionOptions & { readonly wait: number },
  context: Context,
): Promise<Pruned> {
  const plan = await askEngine(context, {
    verb: "plan prune",
    directory: dirname(path),
    library,
    waitSeconds: options.wait,
    rules: rulesOf(options),
    damaged: false,
    force: false,
    allLibraries: false,
    unattended: true,
    made: basename(path),
    included: [],
    unpack: false,
  });
  return await askEngine(context, { verb: "prune", plan });
}

/**
 * The same for the backup itself.
 *
 * @throws {BackupError} saying where the backup is
 */
export async function pruneAfter(
  { path }: BackupCreated,
  library: string,
  options: RetentionOptions & { readonly wait: number },
  context: Context,
): Promise<Pruned> {
  try {
    return await pruneBeside(path, library, options, context);
  } catch (cause) {
    if (!(cause instanceof BackupError)) throw cause;
    const why = context.io.interruption.aborted ? "" : `: ${cause.message}`;
    const what = `Backup created at "${path}", but not all old backups were removed${why}`;
    throw new BackupError(cause.code, what, cause.hint, { cause });
  }
}

/** Shows the plan before it is carried out; before a question, on the terminal. */
function announce(plan: PrunePlan, { io, globals }: Context, asks: boolean): void {
  if (globals.json || globals.quiet) return;
  const text = describePlan(plan).map((line) => `${line}\n`).join("") + "\n";
  if (asks && !io.terminal.output) io.err(text);
  else io.out(text);
}

function questionOf({ removed }: PrunePlan): string {
  const size = removed.reduce((sum, { archiveSize }) => sum + archiveSize, 0);
  return `This will remove ${formatPlural(removed.length, "backup")} (${formatSize(size)}). Continue?`;
}
