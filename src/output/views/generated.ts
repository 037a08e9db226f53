import { stripControls } from "../format.ts";
import type { Generated, ScheduleWritten } from "../outcome.ts";
import type { View } from "../view.ts";

/** Text that is meant for another program: printed as it is. */
export const generatedView: View<Generated> = {
  isAnswer: true,
  document: ({ name, text }) => ({ [name]: text }),
  lines: ({ text }) => text.replace(/\n$/, "").split("\n"),
};

/** Files that are to be installed, and how. */
export const scheduleWrittenView: View<ScheduleWritten> = {
  isAnswer: false,
  document: ({ system, files, next }) => ({ system, files, next }),
  lines: ({ files, next }) => [
    "Schedule written:",
    ...files.map((file) => `  ${stripControls(file)}`),
    "",
    "To install it:",
    ...next.map((line) => `  ${stripControls(line)}`),
  ],
};
