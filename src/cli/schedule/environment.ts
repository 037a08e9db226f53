import { currentUser } from "../../engine/real_paths.ts";
import { type Env, homeOf, VARIABLES } from "../options/paths.ts";
import type { Plan } from "./plan.ts";
import { knownUsers } from "./users.ts";

/**
 * The environment that a schedule runs in: the home of the library's owner, and of VPO's variables only those that the
 * schedule sets.
 */
export function environmentAtNight(owner: number | null, variables: Plan["environment"], env: Env): Env {
  const isOwn = owner === null || owner === currentUser();
  const home = (isOwn ? undefined : knownUsers()?.get(owner)?.home) ?? homeOf(env);
  const set = new Map(variables);
  const named: readonly string[] = Object.values(VARIABLES);
  return (name) => name === "HOME" || name === "USERPROFILE" ? home : named.includes(name) ? set.get(name) : env(name);
}
