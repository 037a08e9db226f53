import { dirname } from "node:path";
import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import type { BackupCreated, Pruned, PrunePlan } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { formatPlural, formatSize } from "../../output/format.ts";
import type { CreatedAndPruned } from "../../output/outcome.ts";
import { describePlan } from "../../output/views/prune.ts";
import { defineCommand } from "../command.ts";
import { requireBackupDirectory } from "../options/archive.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { confirm, requireSomebodyToAsk } from "../prompt/confirm.ts";
import { examples } from "../help/examples.ts";
import { yesOption } from "../options/global.ts";
import { asksToPrune, type RetentionOptions, retentionOptions, rulesOf } from "../options/retention.ts";

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
        yes: yesOption,
        dryRun: option("--dry-run", { description: message`Show what would be removed, remove nothing.` }),
        damaged: option("--damaged", { description: message`Remove damaged archives, too.` }),
        force: option("--force", { description: message`Go on where the clock is behind the newest backup.` }),
      }),
      retentionOptions(),
    ),
    {
      brief: message`Remove old backups.`,
      description:
        message`Shows which backups the rules keep and which they do not, asks, and removes the latter. The newest good backup always stays, and so does every file that is not a backup. Hours, days and all other periods are in UTC.`,
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
  if (!asksToPrune(options)) {
    throw new BackupError("usage", "Cannot prune: nothing says what is kept", "Give a rule, such as --keep-last 10");
  }
  const asks = !options.yes && !options.dryRun;
  if (asks) {
    const hint = "Give --yes if backups may be removed, or --dry-run to see which would be.";
    requireSomebodyToAsk(context, "prune", hint);
  }
  const plan = await askEngine(context, {
    verb: "plan prune",
    directory: requireBackupDirectory(context),
    rules: rulesOf(options),
    damaged: options.damaged,
    force: options.force,
  });
  if (options.dryRun) return plan;
  announce(plan, context, asks);
  if (asks && plan.removed.length > 0 && !await confirm(context, questionOf(plan))) throw declined();
  return await askEngine(context, { verb: "prune", plan });
}

/** Removes what the options do not keep, after a backup was made in the same directory. */
export async function pruneAfter(
  created: BackupCreated,
  options: RetentionOptions,
  context: Context,
): Promise<CreatedAndPruned> {
  try {
    const directory = dirname(created.path);
    const rules = rulesOf(options);
    const plan = await askEngine(context, { verb: "plan prune", directory, rules, damaged: false, force: false });
    return { kind: "created and pruned", created, pruned: await askEngine(context, { verb: "prune", plan }) };
  } catch (cause) {
    if (!(cause instanceof BackupError)) throw cause;
    const why = context.io.interruption.aborted ? "" : `: ${cause.message}`;
    const what = `The backup was made, "${created.path}", but not all old ones were removed${why}`;
    throw new BackupError(cause.code, what, cause.hint, { cause });
  }
}

/** Shows what is planned before it is done; where it is a question it goes to the terminal. */
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
