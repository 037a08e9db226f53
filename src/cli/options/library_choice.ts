import { isAbsolute } from "node:path";
import { isSamePlace, isThere } from "../../engine/real_paths.ts";
import { BackupError } from "../../errors.ts";
import { BUILD } from "../../version.ts";
import {
  dataLibrary,
  defaultLibrary,
  type Defaults,
  type Env,
  expandHome,
  nonEmpty,
  untold,
  VARIABLES,
} from "./paths.ts";
import { configPath, readDatabasePath, UnusableConfig } from "./vpo_config.ts";

/** The library that is meant. */
export interface LibraryChoice {
  /** As it was named, with its tilde expanded. */
  readonly path: string;
  /** What a person should know about the choice. */
  readonly remarks: readonly string[];
}

/**
 * The library that `vpo serve` would open: the flag, else `VPO_DATABASE_PATH`, else `database_path` in `config.toml`,
 * else VPO's default. A library named by flag or variable is used even if it does not exist, because a disk may be
 * missing; VPO then goes on to the next one, which is reported.
 *
 * @throws {BackupError} `usage`, when nothing tells; {@link UnusableConfig}
 */
export function chooseLibrary(flag: string | undefined, env: Env, defaults: Defaults = BUILD): LibraryChoice {
  const given = nonEmpty(flag);
  if (given !== undefined) return { path: expandHome(given, env), remarks: [] };
  const variable = nonEmpty(env(VARIABLES.library));
  if (variable !== undefined) {
    const path = expandAsVpo(variable, env, VARIABLES.library);
    return { path, remarks: [...isThere(path) ? [] : passedOver(path, env, defaults), ...unread(env)] };
  }
  const [taken, ...others] = candidates(env, defaults);
  if (taken === undefined) throw untold("library", "--library PATH");
  return { path: taken.path, remarks: [...contested(taken, others, env), ...relative(taken, env), ...unread(env)] };
}

/** A file that may be the library, and why. */
interface Candidate {
  readonly path: string;
  /** `config`: `config.toml` names it. `usual`: VPO keeps it there. `data`: it is below `VPO_DATA_DIR`. */
  readonly origin: "config" | "usual" | "data";
}

/** The one that is used, then the others that exist. */
function candidates(env: Env, defaults: Defaults): Candidate[] {
  const named = configured(env, defaults);
  const [usual, data] = [defaultLibrary(env, defaults), dataLibrary(env)];
  const hasData = data !== null && isThere(data);
  const found: Candidate[] = named === null ? [] : [{ path: named, origin: "config" }];
  if (usual !== null && (isThere(usual) || named === null && !hasData)) found.push({ path: usual, origin: "usual" });
  if (hasData) found.push({ path: data, origin: "data" });
  return found.filter(({ path }, index) => found.findIndex((other) => isSamePlace(other.path, path)) === index);
}

/**
 * What `config.toml` names; an executable built for two directories works without a `config.toml` that is out of its
 * reach.
 */
function configured(env: Env, defaults: Defaults): string | null {
  const config = configPath(env);
  try {
    const value = config === null ? null : readDatabasePath(config);
    return value === null ? null : expandAsVpo(value, env, `database_path in "${config}"`);
  } catch (error) {
    const isHidden = error instanceof UnusableConfig && error.code === "permission_denied";
    if (isHidden && defaults.library_dir !== null) return null;
    throw error;
  }
}

/** The remark that there was a choice, or that VPO does not look there. */
function contested(taken: Candidate, others: readonly Candidate[], env: Env): string[] {
  if (others.length === 0 && taken.origin !== "data") return [];
  const roles = others.map((other) => `; ${roleOf(other)}`).join("");
  return [
    `"${taken.path}" is used as the library: ${
      reasonFor(taken, env)
    }${roles}; to use another, name it with --library PATH`,
  ];
}

function reasonFor({ origin }: Candidate, env: Env): string {
  if (origin === "config") return `database_path in "${configPath(env)}" names it`;
  return origin === "usual" ? "VPO keeps it there" : "there is none in ~/.vpo, where VPO would make one";
}

/** What VPO does with a file that is not used. */
function roleOf({ path, origin }: Candidate): string {
  if (origin === "config") return `"vpo serve" opens "${path}"`;
  if (origin === "usual") return `VPO's commands other than "vpo serve" open "${path}"`;
  return `VPO does not look at "${path}", below VPO_DATA_DIR`;
}

/** Remarks that VPO uses another library while the one that the variable names does not exist. */
function passedOver(path: string, env: Env, defaults: Defaults): string[] {
  try {
    const [next] = candidates(env, defaults);
    if (next === undefined || next.origin === "data" || !isThere(next.path)) return [];
    return [`VPO_DATABASE_PATH names "${path}", which does not exist: "vpo serve" opens "${next.path}" now`];
  } catch (error) {
    // The variable names the library: then the settings need not be valid.
    if (error instanceof BackupError) return [];
    throw error;
  }
}

/** Remarks on a relative path: it is relative to where VPO is started, which is not known here. */
function relative({ path, origin }: Candidate, env: Env): string[] {
  if (origin !== "config" || isAbsolute(path)) return [];
  return [
    `database_path in "${
      configPath(env)
    }" is a relative path: where it leads depends on the directory that a program is started in`,
  ];
}

/** Remarks that a `config.toml` was named and is not there: then VPO reads no other one, and expands no tilde in it. */
function unread(env: Env): string[] {
  const named = nonEmpty(env(VARIABLES.config));
  if (named === undefined || isThere(named) || isHidden(named)) return [];
  const why = named.startsWith("~")
    ? "but VPO does not expand the tilde, and reads no config.toml"
    : "which does not exist: VPO reads no config.toml until it does";
  return [`VPO_CONFIG_PATH is "${named}", ${why}`];
}

function isHidden(path: string): boolean {
  return Deno.permissions.querySync({ name: "read", path }).state !== "granted";
}

/** Expands a path like Python's `expanduser`, except the homes of other users, which are not known here. */
function expandAsVpo(path: string, env: Env, what: string): string {
  const expanded = expandHome(path, env);
  if (expanded !== path || !path.startsWith("~")) return expanded;
  throw new UnusableConfig("usage", `Cannot tell what "${path}" is, which ${what} names`, "Give the full path.");
}
