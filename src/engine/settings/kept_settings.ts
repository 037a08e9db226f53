import { join } from "node:path";
import { lstatIfPresent } from "../../store/identity.ts";
import { keptSettingsName, keptSettingsTime } from "../../store/naming.ts";

/** A free path below VPO's directory for the settings that a restore at `time` replaces. */
export function freeKeptPath(vpo: string, time: Date): string {
  for (let serial = 1;; serial++) {
    const path = join(vpo, keptSettingsName(time, serial));
    if (lstatIfPresent(path) === null) return path;
  }
}

/** Directories below VPO's that keep the settings which restores have replaced since `time`, oldest first. */
export function keptSince(vpo: string, time: Date): string[] {
  try {
    return Array.from(Deno.readDirSync(vpo))
      .filter(({ name, isDirectory }) => isDirectory && (keptSettingsTime(name)?.getTime() ?? 0) >= time.getTime())
      .map(({ name }) => join(vpo, name))
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}
