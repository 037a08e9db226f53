import { dirname } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { InferValue } from "@optique/core/parser";
import { command, constant } from "@optique/core/primitives";
import { missingFlags } from "../../engine/worker/client.ts";
import { resolveDirectory, resolveFile } from "../../engine/real_paths.ts";
import type { Diagnosed } from "../../engine/protocol/mod.ts";
import { refusedFlag } from "../../engine/worker/explain_system.ts";
import { RUNTIME } from "../../runtime.ts";
import { defineCommand } from "../command.ts";
import { askEngine } from "../ask_engine.ts";
import type { Context } from "../context.ts";
import { examples } from "../help/examples.ts";
import { waitOption } from "../options/global.ts";
import { remarkOn, toName } from "../options/library.ts";
import { chooseLibrary } from "../options/library_choice.ts";
import { readBackupConfig } from "../options/backup_config.ts";
import { backupDirectory } from "../options/backup_directory.ts";
import { copyMaxAgeOption, copyPlacesToLookAt, copyToOption } from "../options/copy_places.ts";
import { UnusableConfig } from "../options/vpo_config.ts";
import { settingsPaths } from "../options/settings_paths.ts";

/** `vpo-backup doctor` */
export const doctor = defineCommand({
  name: "doctor",
  action: "Cannot diagnose problems",
  make: parser,
  run,
});

function parser() {
  return command(
    "doctor",
    object({ command: constant("doctor"), copyTo: copyToOption(), copyMaxAge: copyMaxAgeOption(), wait: waitOption() }),
    {
      brief: message`Diagnose backup problems.`,
      description:
        message`Checks the library, the backup directory, the newest backup, free space and permissions, and suggests a fix for each problem. Changes nothing. Exit code 60: something needs attention soon; 61: something needs attention now.`,
      footer: examples("doctor", "doctor --json"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

async function run(options: Options, context: Context): Promise<Diagnosed> {
  const { io, globals } = context;
  const namedDirectory = backupDirectory(globals, io.env);
  try {
    const choice = chooseLibrary(globals.library, io.env);
    remarkOn(choice, context);
    const library = resolveFile(choice.path).path;
    const { directory, existing } = resolveDirectory(namedDirectory);
    const copies = copyPlacesToLookAt(options, directory, context);
    const copyDirectories = copies.places.flatMap((place) => place.found ? [place.directory] : []);
    // All that any command needs: a restore writes where the library is, a backup where the backups are.
    const places = [...new Set([dirname(library), directory, ...copyDirectories])];
    const missing = missingFlags({ read: places, write: places, sys: ["statfs"] });
    if (missing.some((flag) => !flag.startsWith("--allow-write"))) return outOfReach(missing);
    const diagnosed = await askEngine(context, {
      verb: "doctor",
      library,
      directory,
      directoryFound: existing === directory,
      mayWrite: !missing.includes(`--allow-write=${directory}`),
      writable: copyDirectories.filter((place) => !missing.includes(`--allow-write=${place}`)),
      missingPermissions: missing,
      libraryRemarks: choice.remarks,
      waitSeconds: options.wait,
      maxAgeSeconds: readBackupConfig(globals, io.env).values.max_age ?? null,
      copies,
      settings: settingsPaths(globals, io.env),
    });
    return { ...diagnosed, toName: toName(context) };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return outOfReach([refusedFlag(error)]);
    if (!(error instanceof UnusableConfig)) throw error;
    const { cause } = error;
    return cause instanceof Deno.errors.NotCapable ? outOfReach([refusedFlag(cause)]) : outOfReach([], [error.message]);
  }
}

/** The result if the sandbox lets nothing be examined, or if nothing tells which library is VPO's. */
function outOfReach(missingPermissions: readonly string[], libraryRemarks: readonly string[] = []): Diagnosed {
  return {
    kind: "diagnosed",
    runtime: { ...RUNTIME, sqlite: null },
    missingPermissions,
    libraryRemarks,
    library: null,
    directory: null,
    status: null,
    settings: null,
    work: null,
    leftovers: [],
    copies: [],
    copyMaxAgeSeconds: Infinity,
  };
}
