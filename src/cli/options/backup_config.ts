import { join } from "node:path";
import { formatMessage } from "@optique/core/message";
import { isThere } from "../../engine/real_paths.ts";
import { NotRegular, NULL_DEVICE, readTrustedTextFile, Untrusted } from "../../engine/text_file.ts";
import { explainSystem } from "../../engine/worker/explain_system.ts";
import { BackupError } from "../../errors.ts";
import { PROGRAM, typedOption } from "../../program.ts";
import { parseToml } from "../toml.ts";
import { nearestTo } from "../help/typos.ts";
import { type Defaulted, defaultOf, type Form, type Key, type KeyName, KEYS, type ValueOf } from "./config_keys.ts";
import type { GlobalOptions } from "./global.ts";
import { type Env, expandHome, homeOf, nonEmpty, VARIABLES } from "./paths.ts";

/** Largest `backup.toml` that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;
const HINT = `Correct it, or leave it out with: --config ${NULL_DEVICE}`;
/** Paths of Windows are often written in double quotes. */
const ESCAPE_HINT = "In double quotes a backslash is an escape; in single quotes it stands for itself: 'D:\\vpo'";
const FORMS: Readonly<Record<Form, string>> = {
  text: "a string in quotation marks",
  number: "a number without quotation marks",
  truth: "true or false",
  list: "a list of strings",
};

/** The file named on the command line. */
export type Naming = Pick<GlobalOptions, "config">;

/** A value as it stands in the file. */
export type Written = string | number | boolean | readonly string[];

/** The rules in `backup.toml`. */
export interface BackupConfig {
  /** Path of their file; null where there is none. */
  readonly path: string | null;
  readonly values: { readonly [N in KeyName]?: ValueOf<N> };
  /** As they are written. */
  readonly written: { readonly [N in KeyName]?: Written };
  /** The line of each. */
  readonly lines: { readonly [N in KeyName]?: number };
}

const NOTHING: BackupConfig = { path: null, values: {}, written: {}, lines: {} };

/** Path of the file with the rules, whether or not it exists. */
export interface ConfigPlace {
  readonly path: string;
  /** Whether an option or a variable names it: then it must exist. */
  readonly isNamed: boolean;
}

/** The file that `--config` names, else `VPO_BACKUP_CONFIG`, else `backup.toml` beside the library; null without a home. */
export function configPlace({ config }: Naming, env: Env): ConfigPlace | null {
  const named = nonEmpty(config) ?? nonEmpty(env(VARIABLES.backupConfig));
  if (named !== undefined) return { path: expandHome(named, env), isNamed: true };
  const home = homeOf(env);
  return home === undefined ? null : { path: join(home, ".vpo", "backup.toml"), isNamed: false };
}

/**
 * Reads the rules. A file that nobody has named counts as missing where the sandbox hides it, as a variable does.
 *
 * @throws {BackupError} where something in the file cannot be used, or others could have written it
 */
export function readBackupConfig(naming: Naming, env: Env): BackupConfig {
  const place = configPlace(naming, env);
  if (place === null || !place.isNamed && !isThere(place.path)) return NOTHING;
  const text = readText(place);
  return text === null ? NOTHING : parseConfig(place.path, text);
}

/** The value in force: from the command line, else from the file, else the default. */
export function inForce<N extends Defaulted>(
  name: N,
  given: ValueOf<N> | undefined,
  config: BackupConfig,
): ValueOf<N> {
  return given ?? config.values[name] ?? defaultOf(name);
}

function readText({ path, isNamed }: ConfigPlace): string | null {
  try {
    return readTrustedTextFile(path, MAX_BYTES);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable && !isNamed) return null;
    if (error instanceof Deno.errors.NotFound) {
      const message = `Cannot read the configuration "${path}": there is no such file`;
      const hint = `Write a new one with: ${PROGRAM} config init ${typedOption("--config", path)}`;
      throw new BackupError("not_found", message, hint, { cause: error });
    }
    if (error instanceof TypeError) throw unusable(path, "it is not UTF-8 text", HINT, error);
    if (error instanceof NotRegular || error instanceof RangeError) throw unusable(path, error.message, HINT, error);
    if (error instanceof Untrusted) throw unusable(path, error.message, error.remedy, error);
    const { code, message, hint } = explainSystem(error, `Cannot read the configuration "${path}"`);
    throw new BackupError(code, message, hint, { cause: error });
  }
}

function parseConfig(path: string, text: string): BackupConfig {
  const document = parseToml(text, (why, cause) => unusable(path, why, /escape/.test(why) ? ESCAPE_HINT : HINT, cause));
  const values: Record<string, unknown> = {};
  const written: Record<string, Written> = {};
  const lines: Record<string, number> = {};
  for (const [name, value] of Object.entries(document)) {
    const line = lineOf(name, text);
    if (!isKey(name)) throw unknownKey(path, line, name);
    const raw = asWritten(KEYS[name].form, value);
    if (raw === null) {
      throw unusable(path, `line ${line}: ${name} must be ${FORMS[KEYS[name].form]}`, exampleOf(name));
    }
    const read = (text: unknown) => readValue(name, String(text), `line ${line}`, path);
    // A whole number that is too large would not be one any more as it is kept.
    values[name] = typeof raw === "object" ? raw.map(read) : read(value);
    written[name] = raw;
    lines[name] = line;
  }
  return { path, values, written, lines };
}

/** @returns null where it is of another form */
function asWritten(form: Form, value: unknown): Written | null {
  if (form === "text") return typeof value === "string" ? value : null;
  if (form === "number") return typeof value === "number" || typeof value === "bigint" ? Number(value) : null;
  if (form === "truth") return typeof value === "boolean" ? value : null;
  return Array.isArray(value) && value.every((each) => typeof each === "string") ? value : null;
}

function readValue(name: KeyName, text: string, where: string, path: string): unknown {
  const result = (KEYS[name] as Key<unknown>).parser().parse(text);
  if (result.success) return result.value;
  const reason = formatMessage(result.error, { quotes: true, colors: false }).replace(/\.$/, "");
  throw unusable(path, `${where}: ${name}: ${reason}`, exampleOf(name));
}

function isKey(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}

/** The line in which a key or a table begins; the first line if it is written in an unusual way. */
function lineOf(name: string, text: string): number {
  const lines = text.split("\n");
  const isLine = (line: string) => {
    const [, quoted, bare] = /^\s*\[{0,2}\s*(?:["']([^"']*)["']|([\w-]+))\s*[=.\]]/.exec(line) ?? [];
    return (quoted ?? bare) === name;
  };
  return Math.max(lines.findIndex(isLine), 0) + 1;
}

function unknownKey(path: string, line: number, name: string): BackupError {
  const names = Object.keys(KEYS);
  const nearest = nearestTo(name.replaceAll("-", "_"), names);
  const hint = nearest.length === 0
    ? `There are: ${names.join(", ")}`
    : `Did you mean ${nearest.map((each) => `"${each}"`).join(" or ")}?`;
  return unusable(path, `line ${line}: unknown key "${name}"`, hint);
}

function exampleOf(name: KeyName): string {
  return `For example: ${exampleLine(name)}`;
}

/** A line as it may stand in the file. */
export function exampleLine(name: KeyName): string {
  const { form, example } = KEYS[name];
  const text = example.includes("\\") ? `'${example}'` : JSON.stringify(example);
  return `${name} = ${form === "text" ? text : form === "list" ? `[${text}]` : example}`;
}

function unusable(path: string, why: string, hint: string, cause?: unknown): BackupError {
  return new BackupError("usage", `Cannot use the configuration "${path}": ${why}`, hint, { cause });
}
