import { stripControls } from "../format.ts";
import type { ReportWritten } from "../outcome.ts";
import type { View } from "../view.ts";

/** A page about the backups that was written. */
export const reportWrittenView: View<ReportWritten> = {
  isAnswer: false,
  document: ({ path }) => ({ path }),
  lines: ({ path }) => [`Report written: ${stripControls(path)}`],
};
