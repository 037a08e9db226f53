import { join } from "node:path";
import { NotRegular, readTextFile } from "../../engine/text_file.ts";
import { explainSandbox, refusedFlag } from "../../engine/worker/explain_system.ts";
import { BackupError, systemReason } from "../../errors.ts";
import { ADVICE, typedWord } from "../../program.ts";
import { parseToml } from "../toml.ts";
import { type Env, homeOf, nonEmpty, VARIABLES } from "./paths.ts";

/** Largest `config.toml` that is read, in bytes. */
const MAX_CONFIG_BYTES = 10 * 1024 * 1024;

/** VPO's `config.toml` cannot be used, so nothing tells which library is VPO's. */
export class UnusableConfig extends BackupError {}

/**
 * The one `config.toml` that VPO reads, whether it exists or not; null without a home. VPO takes `VPO_CONFIG_PATH`
 * literally: it expands no tilde in it.
 */
export function configPath(env: Env): string | null {
  const named = nonEmpty(env(VARIABLES.config));
  if (named !== undefined) return named;
  const home = homeOf(env);
  return home === undefined ? null : join(home, ".vpo", "config.toml");
}

/**
 * The value of `database_path` in a `config.toml`, as it is written; null where it, or the file, is missing.
 *
 * @throws {UnusableConfig} naming the file and, where it is known, the line
 */
export function readDatabasePath(config: string): string | null {
  const text = textOf(config);
  return text === null ? null : databasePathIn(text, config);
}

/**
 * The same from a text.
 *
 * @param config path of the file that it is from, or will be
 * @throws {UnusableConfig}
 */
export function databasePathIn(text: string, config: string): string | null {
  const value = parseToml(text, (why, cause) => unusable(config, why, cause))["database_path"];
  // What is falsy in Python, and so for VPO.
  if (value === undefined || value === "" || value === 0 || value === false) return null;
  if (typeof value !== "string") throw unusable(config, `line ${lineOfKey(text)}: database_path is not a string`);
  return value;
}

function textOf(config: string): string | null {
  try {
    return readTextFile(config, MAX_CONFIG_BYTES);
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof Deno.errors.NotCapable) {
      const { code, message } = explainSandbox(error, action(config));
      const hint = `Grant it with ${typedWord(refusedFlag(error))}, or name the library with --library PATH.`;
      throw new UnusableConfig(code, message, hint, { cause: error });
    }
    if (error instanceof TypeError) throw unusable(config, "it is not UTF-8 text", error);
    if (error instanceof RangeError) throw unusable(config, `${error.message}, which no settings need`, error);
    if (error instanceof NotRegular) throw unusable(config, error.message, error);
    const message = `${action(config)}: it cannot be read: ${systemReason(error)}`;
    throw new UnusableConfig("operation_failed", message, ADVICE.restoreSettings, { cause: error });
  }
}

/** Whether an error is one that VPO, too, takes for a missing file. */
function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop;
}

function lineOfKey(text: string): number {
  return text.split("\n").findIndex((line) => /^\s*(["']?)database_path\1\s*=/.test(line)) + 1;
}

function action(config: string): string {
  return `Cannot tell which library is VPO's from "${config}"`;
}

function unusable(config: string, why: string, cause?: unknown): UnusableConfig {
  return new UnusableConfig("usage", `${action(config)}: ${why}`, ADVICE.restoreSettings, { cause });
}
