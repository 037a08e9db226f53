import type { SettingsQuestion } from "../../engine/protocol/mod.ts";
import { isSamePlace, isThere } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { BUILD } from "../../version.ts";
import { typedWord } from "../../program.ts";
import type { Context } from "../context.ts";
import { defaultLibrary, type Env, expandHome, nonEmpty, VARIABLES } from "../options/paths.ts";
import { databasePathIn } from "../options/vpo_config.ts";

/** What messages call the `config.toml` from a backup. */
const NAME = "config.toml in the backup";

/**
 * Makes sure that with the `config.toml` from a backup VPO will open the library that is restored. If it will not, a
 * warning precedes the question; naming the library with an option settles it.
 *
 * @throws {BackupError} `usage`, where nobody is asked and nobody has decided
 */
export function checkRestoredConfig(context: Context, question: SettingsQuestion): void {
  const { config, library, confirm, dryRun } = question;
  if (config === null) return;
  const warn = (message: string) => context.reporter.event({ kind: "warning", message });
  let opened: string | null;
  try {
    opened = libraryWith(new TextDecoder("utf-8", { fatal: true }).decode(config), context.io.env);
  } catch (error) {
    const reason = error instanceof BackupError ? error.message : "it is not UTF-8 text";
    return warn(`VPO may not start with the ${NAME}: ${reason}`);
  }
  if (opened === null) return;
  if (library === null) {
    if (!isThere(opened)) warn(`with the ${NAME} VPO opens "${opened}", where there is no library`);
    return;
  }
  if (isSamePlace(opened, library)) return;
  const what = `with the ${NAME} VPO opens "${opened}", but the library goes to "${library}"`;
  if (confirm || dryRun || nonEmpty(context.globals.library) !== undefined) return warn(what);
  throw new BackupError(
    "usage",
    `Cannot restore the settings: ${what}`,
    `Say which one you mean: --library ${typedWord(opened)} or --library ${typedWord(library)}`,
  );
}

/** The library that VPO opens with such a `config.toml`; null where nothing tells. */
function libraryWith(text: string, env: Env): string | null {
  const variable = nonEmpty(env(VARIABLES.library));
  const named = variable ?? databasePathIn(text, NAME);
  return named === null ? defaultLibrary(env, BUILD) : expandHome(named, env);
}
