import type { SettingsTotal } from "../../../engine/protocol/mod.ts";
import { formatPlural, formatSize } from "../../format.ts";
import type { Document } from "../../view.ts";

/** How many settings there are, as a document has it; null where there are none to speak of. */
export function settingsDocument(settings: SettingsTotal | null): Document | null {
  return settings === null ? null : { count: settings.count, total_bytes: settings.totalBytes };
}

/** "5 files (12.1 KB)"; null where there are none. */
export function describeSettings(settings: SettingsTotal | null): string | null {
  if (settings === null || settings.count === 0) return null;
  return `${formatPlural(settings.count, "file")} (${formatSize(settings.totalBytes)})`;
}

/** The same as a line of its own, as far as there is anything to say. */
export function settingsLines(settings: SettingsTotal | null): string[] {
  const described = describeSettings(settings);
  return described === null ? [] : [`  Settings: ${described}`];
}
