import { isInstalled } from "./commands.ts";

/**
 * What a program is started through so that it obeys file modes: root does so only without these capabilities, everybody
 * else does anyway.
 */
export const OBEYING_MODES: readonly string[] = Deno.build.os !== "windows" && Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
  : [];

/** Why modes cannot be tried here; null where they can. */
export function cannotObeyModes(): string | null {
  if (Deno.build.os === "windows") return "Windows has no modes";
  const [program, ...args] = OBEYING_MODES;
  return program === undefined || isInstalled(program, ...args, "true") ? null : "root needs setpriv to obey modes";
}
