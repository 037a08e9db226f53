import { BackupError } from "../../errors.ts";
import { stripControls, textWidth } from "../../output/format.ts";
import type { Keyboard } from "../io.ts";
import { withoutSequences } from "./keys.ts";

const ERASE_COLUMN = "\b \b";

/** A question and the line typed in answer, with the editing of a terminal's own lines: erasing, and end of input. */
export class TypedLine {
  readonly #question: string;
  readonly #write: (text: string) => void;
  #text = "";

  constructor(question: string, write: (text: string) => void) {
    this.#question = question;
    this.#write = write;
  }

  /** Shows the question and what has been typed so far. */
  show(): void {
    this.#write(this.#question + this.#text);
  }

  /** The line, when Enter is pressed; null at the end of input, such as Ctrl-D at the beginning of the line. */
  async read(keyboard: Keyboard): Promise<string | null> {
    for (;;) {
      const came = await keyboard.read();
      if (came === null) return null;
      for (const character of withoutSequences(came)) {
        if (character === "\r" || character === "\n") return this.#text;
        if (character === "\x04" && this.#text === "") return null;
        this.#take(character);
      }
    }
  }

  #take(character: string): void {
    switch (character) {
      case "\x03":
        // If the terminal does not turn it into a signal.
        throw new BackupError("interrupted", "Interrupted: nothing was changed");
      case "\x7f":
      case "\b":
        return this.#erase(1);
      case "\x15":
        return this.#erase(Infinity);
    }
    if (stripControls(character) !== character) return;
    this.#text += character;
    this.#write(character);
  }

  #erase(count: number): void {
    const characters = [...this.#text];
    const erased = characters.splice(Math.max(0, characters.length - count)).join("");
    this.#text = characters.join("");
    this.#write(ERASE_COLUMN.repeat(textWidth(erased)));
  }
}
