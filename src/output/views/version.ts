import { PROGRAM } from "../../program.ts";
import type { VersionTold } from "../outcome.ts";
import type { View } from "../view.ts";

/** The version and the build details. */
export const versionView: View<VersionTold> = {
  isAnswer: true,
  document: ({ version, commit, deno, v8, sqlite, target }) => ({ version, commit, deno, v8, sqlite, target }),
  lines: ({ version, commit, deno, v8, sqlite, target }) => [
    `${PROGRAM} ${version}`,
    `  Commit: ${commit ?? "unknown, run from source"}`,
    `  Deno:   ${deno}`,
    `  V8:     ${v8}`,
    `  SQLite: ${sqlite}`,
    `  Target: ${target}`,
  ],
};
