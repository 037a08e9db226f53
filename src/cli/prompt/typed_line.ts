import { BackupError } from "../../errors.ts";
import { stripControls, textWidth } from "../../output/format.ts";
import type { Keyboard } from "../io.ts";
import { withoutSequences } from "./keys.ts";

const ERASE_COLUMN = "\b \b";

/** A question and the line that is typed as its answer, with what a terminal's own lines have: erasing, and their end. */
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

  /** The line, when Enter is pressed; null at the end of input, which Ctrl-D is at the line's beginning. */
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
        // Where the terminal does not make a signal of it.
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
