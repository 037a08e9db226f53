import type {
  ArchiveRecord,
  SettingHere,
  SettingsChanges,
  SettingsTotal,
  ShownSetting,
} from "../../../engine/protocol/mod.ts";
import { formatCount, formatPlural, formatSize, formatTable, stripControls } from "../../format.ts";
import type { Document } from "../../view.ts";

/** How many settings there are, as a document has it; null where none are known. */
export function settingsDocument(settings: SettingsTotal | null): Document | null {
  return settings === null ? null : { count: settings.count, total_bytes: settings.totalBytes };
}

/** The same for the summary in an archive's metadata. */
export function summaryDocument(summary: ArchiveRecord["settings"]): Document | null {
  return summary === null ? null : { count: summary.count, total_bytes: summary.total_bytes };
}

/** "5 files (12.1 KB)"; null where there are none. */
export function describeSettings(settings: SettingsTotal | null): string | null {
  if (settings === null || settings.count === 0) return null;
  return `${formatPlural(settings.count, "file")} (${formatSize(settings.totalBytes)})`;
}

/** The same as a line of its own, if there is anything to say. */
export function settingsLines(settings: SettingsTotal | null): string[] {
  const described = describeSettings(settings);
  return described === null ? [] : [`  Settings: ${described}`];
}

/** Words for a settings file, by whether it is here. */
const HERE: Readonly<Record<SettingHere, string>> = {
  same: "the same",
  different: "different",
  missing: "missing",
  unknown: "has no place",
};

/** The settings of a backup, and whether they are here. */
export function shownSettingsLines(settings: readonly ShownSetting[]): string[] {
  if (settings.length === 0) return [];
  return [
    "",
    ...formatTable(
      [{ title: "Settings", align: "left" }, { title: "Size", align: "right" }, { title: "Here", align: "left" }],
      settings.map(({ name, size, here }) => [stripControls(name), formatSize(size), HERE[here]]),
    ),
  ];
}

/** Most names that are listed; the rest is only counted. */
const MAX_NAMED = 20;

/** How settings have changed, as a document has it. */
export function settingsChangesDocument(changes: SettingsChanges | null): Document | null {
  return changes === null ? null : {
    only_in_from: changes.onlyInFrom,
    only_in_to: changes.onlyInTo,
    changed: changes.changed,
    unchanged_count: changes.unchanged,
  };
}

/** How settings have changed, with the names of those that have. The sides are called "in the backup", "here". */
export function settingsChangesLines(
  changes: SettingsChanges | null,
  [first, second]: readonly [string, string],
): string[] {
  if (changes === null) return [];
  const { onlyInFrom, onlyInTo, changed, unchanged } = changes;
  const named = [
    ...onlyInFrom.map((name) => `- ${stripControls(name)} (only ${first})`),
    ...onlyInTo.map((name) => `+ ${stripControls(name)} (only ${second})`),
    ...changed.map((name) => `~ ${stripControls(name)} (changed)`),
  ];
  if (named.length === 0) {
    return unchanged === 0 ? [] : ["", `Settings: the same ${formatPlural(unchanged, "file")} on both sides`];
  }
  const more = named.length - MAX_NAMED;
  return [
    "",
    `Settings: ${formatPlural(named.length, "file")} ${named.length === 1 ? "differs" : "differ"}, ${
      formatCount(unchanged)
    } unchanged`,
    ...named.slice(0, MAX_NAMED),
    ...(more > 0 ? [`and ${formatCount(more)} more`] : []),
  ];
}
