import { join } from "node:path";
import { lstatIfPresent } from "../../store/identity.ts";
import { keptSettingsName, keptSettingsTime } from "../../store/naming.ts";

/** Path for the settings that a restore at `time` replaces, below VPO's directory, where nothing stands yet. */
export function freeKeptPath(vpo: string, time: Date): string {
  for (let serial = 1;; serial++) {
    const path = join(vpo, keptSettingsName(time, serial));
    if (lstatIfPresent(path) === null) return path;
  }
}

/** Directories below VPO's in which settings are kept that restores have replaced since `time`, the oldest first. */
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
