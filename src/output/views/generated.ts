import type { Generated } from "../outcome.ts";
import type { View } from "../view.ts";

/** Text that is meant for another program: printed as it is. */
export const generatedView: View<Generated> = {
  isAnswer: true,
  document: ({ name, text }) => ({ [name]: text }),
  lines: ({ text }) => text.replace(/\n$/, "").split("\n"),
};
