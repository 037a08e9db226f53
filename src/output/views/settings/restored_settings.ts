import type {
  PlacedSettings,
  SettingsChecked,
  SettingsDifference,
  SettingsPreview,
  SettingsRestored,
} from "../../../engine/protocol/mod.ts";
import { formatIso, formatPlural, formatSeconds, formatTime, milliseconds, stripControls } from "../../format.ts";
import type { Document, View } from "../../view.ts";

/** Most names that are printed; a document has all of them. */
const MAX_NAMES = 20;

/** Settings that were put in place, without the library. */
export const settingsRestoredView: View<SettingsRestored> = {
  isAnswer: false,
  document: ({ source, createdAt, preview, placed, seconds }) => ({
    source_path: source,
    created_at: formatIso(createdAt),
    settings: settingsDocument(preview, placed),
    duration_seconds: milliseconds(seconds),
  }),
  lines: ({ preview, placed, seconds }) => [
    preview.count === 0 ? "The backup holds no settings." : "Restore of settings complete.",
    ...placedLines(placed),
    ...leftLines(preview),
    `  Duration: ${formatSeconds(seconds)}`,
  ],
};

/** Settings that could be put in place, without the library. */
export const settingsCheckedView: View<SettingsChecked> = {
  isAnswer: false,
  document: ({ source, createdAt, preview }) => ({
    dry_run: true,
    valid: true,
    backup_path: source,
    created_at: formatIso(createdAt),
    settings: settingsDocument(preview, null),
  }),
  lines: ({ source, createdAt, preview }) => [
    `Archive valid: ${stripControls(source)}`,
    `  Created: ${formatTime(createdAt)}`,
    `  Settings: ${preview.count === 0 ? "none" : formatPlural(preview.count, "file")}`,
    ...wantedLines(preview),
    ...leftLines(preview),
    "",
    "No changes made (dry run).",
  ],
};

/** What to say of settings along with a library; null where the backup holds none, or nothing is known of them. */
export function settingsDocument(preview: SettingsPreview | null, placed: PlacedSettings | null): Document | null {
  if (preview === null || preview.count === 0) return null;
  const { count, wanted, left, homeless } = preview;
  return {
    count,
    missing: [...wanted.missing, ...left.missing],
    different: [...wanted.different, ...left.different],
    without_place: homeless,
    restored: placed?.names ?? [],
    previous_path: placed?.kept ?? null,
  };
}

/** What became of the settings. */
export function placedLines(placed: PlacedSettings | null): string[] {
  if (placed === null) return [];
  if (placed.names.length === 0) return ["  Settings: none to restore"];
  return [
    `  Settings restored: ${formatPlural(placed.names.length, "file")}: ${namesOf(placed.names)}`,
    ...(placed.kept === null ? [] : [`  Previous settings kept: ${stripControls(placed.kept)}`]),
  ];
}

/** Settings of the backup that differ from those here, and what would restore them. */
export function leftLines({ left, homeless }: SettingsPreview): string[] {
  const names = [...left.missing, ...left.different];
  return [
    ...(names.length === 0
      ? []
      : [`  Settings not restored: ${differenceOf(left)}: ${namesOf(names)}; see ${flagsFor(names)}`]),
    ...(homeless.length === 0 ? [] : [`  Without a place here: ${namesOf(homeless)}`]),
  ];
}

/** The settings that are put in place, by name. */
export function wantedLines({ wanted }: SettingsPreview): string[] {
  const list = (label: string, names: readonly string[]) => names.length === 0 ? [] : [`  ${label}: ${namesOf(names)}`];
  return [...list("Missing here", wanted.missing), ...list("Different here", wanted.different)];
}

/** Whether programs are among these settings. */
export function holdPlugins({ missing, different }: SettingsDifference): boolean {
  return [...missing, ...different].some(isPlugin);
}

function differenceOf({ missing, different }: SettingsDifference): string {
  return [
    ...(missing.length === 0 ? [] : [`${missing.length} missing here`]),
    ...(different.length === 0 ? [] : [`${different.length} different here`]),
  ].join(", ");
}

function flagsFor(names: readonly string[]): string {
  const flags = [...(names.every(isPlugin) ? [] : ["--settings"]), ...(names.some(isPlugin) ? ["--plugins"] : [])];
  return flags.join(" and ");
}

function isPlugin(name: string): boolean {
  return name.startsWith("plugins/");
}

function namesOf(names: readonly string[]): string {
  const left = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES).map(stripControls), ...(left > 0 ? [`${left} more`] : [])].join(", ");
}
