import { PROGRAM } from "../../program.ts";
import { type Column, formatTable, stripControls } from "../format.ts";
import type { ConfigShown, ConfigWritten, SettingShown } from "../outcome.ts";
import type { View } from "../view.ts";

const COLUMNS: readonly Column[] = [
  { title: "Setting", align: "left" },
  { title: "Value", align: "left" },
  { title: "From", align: "left" },
];

/** The rules in force, and where each comes from. */
export const configShownView: View<ConfigShown> = {
  isAnswer: true,
  document: ({ path, isFound, settings }) => ({
    config_path: path,
    config_found: isFound,
    settings: settings.map(({ name, value, origin, source, line }) => ({ name, value, origin, source, line })),
  }),
  lines: ({ path, isFound, settings }) => [
    path === null
      ? "Configuration: none"
      : `Configuration: ${stripControls(path)}${
        isFound ? "" : ` (does not exist; write it with: ${PROGRAM} config init)`
      }`,
    "",
    ...formatTable(COLUMNS, settings.map((setting) => [setting.name, shownValue(setting), shownOrigin(setting)])),
  ],
};

/** A new file for rules. */
export const configWrittenView: View<ConfigWritten> = {
  isAnswer: false,
  document: ({ path }) => ({ config_path: path }),
  lines: ({ path }) => [
    `Configuration written: ${stripControls(path)}`,
    "  A line in it takes effect when you remove the # in front of it.",
    `  See what is in force with: ${PROGRAM} config`,
  ],
};

function shownValue({ value }: SettingShown): string {
  if (value === null) return "-";
  return stripControls(typeof value === "object" ? value.join(", ") : String(value));
}

function shownOrigin({ origin, source, line }: SettingShown): string {
  if (origin === "default") return "default";
  return line === null ? source ?? "" : `line ${line}`;
}
