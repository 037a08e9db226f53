import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { optional, withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { command, constant, option } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { resolveDirectory } from "../../engine/real_paths.ts";
import { holdsBackups } from "../../engine/backup_directory.ts";
import type { Results } from "../../engine/protocol/mod.ts";
import { BackupError } from "../../errors.ts";
import type { ListedPlaces } from "../../output/outcome.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { libraryMeant, toName } from "../options/library.ts";
import { examples } from "../help/examples.ts";
import { copyPlaces, copyToOption } from "../options/copy_places.ts";
import { count, path } from "../options/values.ts";
import { UnusableConfig } from "../options/vpo_config.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { isDefault, isReady } from "../options/backup_place.ts";
import { expandHome } from "../options/paths.ts";

/** VPO's name for the command. */
const LIST = "list";

/** `vpo-backup backups` */
export const backups = defineCommand({
  name: "backups",
  aliases: [LIST],
  action: "Cannot list the backups",
  make: parser,
  run,
});

function parser() {
  return command(
    "backups",
    object({
      command: constant("backups"),
      path: optional(option("-p", "--path", path("DIR"), {
        description: message`Directory to list (default: the backup directory).`,
      })),
      sort: withDefault(
        option("--sort", choice(["created", "size", "files", "name"], { metavar: "KEY" }), {
          description: message`Sort by created (default), size, files or name.`,
        }),
        "created",
      ),
      limit: optional(
        option("--limit", count(1), { description: message`Show at most N backups.` }),
      ),
      allPlaces: option("--all-places", {
        description: message`Also list the copies in other places, as --copy-to does.`,
      }),
      copyTo: copyToOption(),
      verify: option("--verify", {
        description: message`Also check each backup's structure and hashes, like verify --quick.`,
      }),
    }),
    {
      aliases: [LIST],
      brief: message`List backups.`,
      description:
        message`Lists the backups in a directory, newest first. Damaged ones are listed too; -v shows why, and how old each backup is. Previous libraries kept by a restore follow.`,
      footer: examples(
        "backups",
        "backups --path /mnt/usb",
        "backups --all-places",
        "backups --sort size --limit 5",
        "list --json",
      ),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Results["list"] | ListedPlaces> {
  const backupDir = options.path ?? context.globals.backupDir;
  const naming = toName({ ...context, globals: { ...context.globals, backupDir } });
  const main = { ...await listMain(options, context), toName: naming };
  if (!options.allPlaces && options.copyTo.length === 0) return main;
  const places: ListedPlaces["places"][number][] = [];
  for (const { directory, existing } of copyPlaces(options.copyTo, main.directory, context)) {
    const isThere = directory === existing && holdsBackups(directory);
    places.push({
      directory,
      listed: isThere ? await list(directory, libraryBeside(context), options, context) : null,
    });
  }
  return { kind: "listed places", main, places };
}

/** The contents of a directory; set-aside libraries are listed once. */
async function list(
  directory: string,
  library: string | null,
  { sort: order, limit, verify }: Options,
  context: Context,
): Promise<Results["list"]> {
  return await askEngine(context, { verb: "list", directory, order, limit: limit ?? null, verify, library });
}

async function listMain(options: Options, context: Context): Promise<Results["list"]> {
  const { io, globals } = context;
  const named = options.path ?? globals.backupDir;
  const wanted = named === undefined ? backupDirectory(globals, io.env) : expandHome(named, io.env);
  const { directory, existing } = resolveDirectory(wanted);
  if (existing === directory) {
    // Set-aside libraries belong to the library, as the default directory does.
    const listed = await list(directory, options.path === undefined ? libraryBeside(context) : null, options, context);
    if (listed.totalCount === 0 && !isReady({ directory, existing }, io.env)) {
      const message = `"${directory}" holds no backups yet: is its disk mounted?`;
      context.reporter.event({ kind: "warning", message });
    }
    return listed;
  }
  if (named !== undefined || !isDefault(directory, io.env)) {
    const message = `Cannot list backups: there is no directory "${named ?? directory}"`;
    throw new BackupError("not_found", message, "Check its name, and that its disk is mounted.");
  }
  const listedAt = new Date().toISOString();
  return { kind: "listed", directory, entries: [], totalCount: 0, totalSize: 0, setAside: [], listedAt };
}

/** Unusable settings do not keep anybody from seeing the backups. */
function libraryBeside(context: Context): string | null {
  try {
    return libraryMeant(context);
  } catch (error) {
    if (!(error instanceof UnusableConfig)) throw error;
    // Where the sandbox hides it, nobody expects it in the list.
    if (error.code === "permission_denied") return null;
    const message = `${error.message}; previous libraries are not listed`;
    context.reporter.event({ kind: "warning", message });
    return null;
  }
}
