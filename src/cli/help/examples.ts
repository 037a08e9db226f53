import { lineBreak, type Message, text } from "@optique/core/message";
import { PROGRAM } from "../../program.ts";

/** Text that keeps its line breaks, for the end of a help page. */
export function lines(...texts: readonly string[]): Message {
  return texts.flatMap((line, index) => index === 0 ? [text(line)] : [lineBreak(), text(line)]);
}

/** Examples for the end of a command's help page. */
export function examples(...commands: readonly string[]): Message {
  return lines("Examples:", ...commands.map((command) => `  ${PROGRAM} ${command}`));
}
