import { basename, dirname } from "node:path";
import { object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import { withDefault } from "@optique/core/modifiers";
import type { InferValue } from "@optique/core/parser";
import { argument, command, constant } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { writeTextFiles } from "../../engine/text_file.ts";
import type { ConfigShown, ConfigWritten, SettingShown } from "../../output/outcome.ts";
import { PROGRAM } from "../../program.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { examples } from "../help/examples.ts";
import { type BackupConfig, configPlace, exampleLine, readBackupConfig } from "../options/backup_config.ts";
import { type Key, type KeyName, KEYS } from "../options/config_keys.ts";
import { placesInVariable } from "../options/copy_places.ts";
import { defaultBackupDirectory, type Env, expandHome, nonEmpty, untold, VARIABLES } from "../options/paths.ts";

const NAMES = Object.keys(KEYS) as readonly KeyName[];

/** `vpo-backup config` */
export const config = defineCommand({
  name: "config",
  action: "Cannot use the configuration",
  make: parser,
  run,
});

function parser() {
  return command(
    "config",
    object({
      command: constant("config"),
      what: withDefault(
        argument(choice(["show", "init"], { metavar: "WHAT" }), {
          description: message`show (default): what is in force; init: write a new file.`,
        }),
        "show",
      ),
    }),
    {
      brief: message`Show the rules in force, or write a file of them.`,
      description:
        message`Rules written down once, in ~/.vpo/backup.toml, apply to all commands: where backups go, which are kept, how old the newest may be. Options override environment variables, which override this file. A new file explains every rule; an existing one is never overwritten.`,
      footer: examples("config", "config init", "config --json"),
    },
  );
}

type Options = InferValue<ReturnType<typeof parser>>;

function run({ what }: Options, context: Context): ConfigShown | ConfigWritten {
  return what === "init" ? init(context) : show(context);
}

function init({ globals, io }: Context): ConfigWritten {
  const place = configPlace(globals, io.env);
  if (place === null) throw untold("configuration", "--config FILE");
  const file = { name: basename(place.path), text: newConfig() };
  const [path = ""] = writeTextFiles(dirname(place.path), [file], {
    action: "Cannot write the configuration",
    replace: false,
    remedy: `See what is in force with: ${PROGRAM} config`,
  });
  return { kind: "config written", path };
}

/** A file in which every rule is commented out. */
function newConfig(): string {
  return [
    `# Rules for all ${PROGRAM} commands. A line takes effect when you remove the # in front of it.`,
    "# Command-line options override environment variables, which override this file.",
    `# See what is in force with: ${PROGRAM} config`,
    ...NAMES.map((name) => `\n# ${KEYS[name].what}\n#${exampleLine(name)}`),
    "",
  ].join("\n");
}

function show({ globals, io }: Context): ConfigShown {
  const config = readBackupConfig(globals, io.env);
  const place = configPlace(globals, io.env);
  return {
    kind: "config shown",
    path: place?.path ?? null,
    isFound: config.path !== null,
    settings: NAMES.map((name) => {
      if (name === "backup_dir") return directoryShown(config, { globals, io });
      return name === "copy_to" ? placesShown(config, io.env) : shown(name, config);
    }),
  };
}

function shown(name: KeyName, { path, written, lines }: BackupConfig): SettingShown {
  const value = written[name];
  if (value !== undefined) return { name, value, origin: "file", source: path, line: lines[name] ?? null };
  const { form, otherwise }: Key<unknown> = KEYS[name];
  const usual = otherwise === null || form === "text" ? otherwise : Number(otherwise);
  return { name, value: usual, origin: "default", source: null, line: null };
}

/** The one that an option or a variable can name for all commands. */
function directoryShown(config: BackupConfig, { globals, io }: Pick<Context, "globals" | "io">): SettingShown {
  const name = "backup_dir";
  const flag = nonEmpty(globals.backupDir);
  const variable = nonEmpty(io.env(VARIABLES.backupDirectory));
  const told = { name, value: expandHome(flag ?? variable ?? "", io.env), line: null };
  if (flag !== undefined) return { ...told, origin: "option", source: "--backup-dir" };
  if (variable !== undefined) return { ...told, origin: "variable", source: VARIABLES.backupDirectory };
  const inFile = shown(name, config);
  return inFile.origin === "file" ? inFile : { ...inFile, value: defaultBackupDirectory(io.env) };
}

function placesShown(config: BackupConfig, env: Env): SettingShown {
  const value = placesInVariable(env);
  if (value.length === 0) return shown("copy_to", config);
  return { name: "copy_to", value, origin: "variable", source: VARIABLES.copyTo, line: null };
}
