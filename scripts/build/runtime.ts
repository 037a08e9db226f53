import { existsSync } from "node:fs";
import { join } from "node:path";
import { headerTarget, type Target } from "./targets.ts";

/** The variable that names one runtime to compile with, in the place of one that Deno downloads; Deno reads it, too. */
export const RUNTIME_VARIABLE = "DENORT_BIN";

/** The variable that names a directory with a runtime for each target. */
const RUNTIMES_VARIABLE = "DENORT_DIR";

/** Why there is no executable for a target. */
export class CannotCompile extends Error {}

type Env = (name: string) => string | undefined;

/** Name of a target's runtime in the directory of {@link RUNTIMES_VARIABLE}. */
export function runtimeName({ triple, os }: Target): string {
  return `denort-${triple}${os === "windows" ? ".exe" : ""}`;
}

/**
 * The runtime that an executable for a target is made of, or null where Deno downloads it.
 *
 * @throws {CannotCompile} where the one that the environment names is missing or for another target: Deno would take it
 * for any
 */
export function namedRuntime(target: Target, env: Env = (name) => Deno.env.get(name)): string | null {
  const [one, directory] = [RUNTIME_VARIABLE, RUNTIMES_VARIABLE].map((name) => env(name) ?? "");
  if (one === "" && directory === "") return null;
  const variable = one === "" ? RUNTIMES_VARIABLE : RUNTIME_VARIABLE;
  const path = one || join(directory ?? "", runtimeName(target));
  if (!existsSync(path)) throw new CannotCompile(`${variable}: there is no ${path}`);
  const fits = headerTarget(path);
  if (fits?.triple === target.triple) return path;
  throw new CannotCompile(`${variable}: ${path} is a runtime for ${fits?.triple ?? "no known system"}`);
}
