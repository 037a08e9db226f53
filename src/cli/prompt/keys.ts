/** The action of a key in a list. */
export type Key =
  | "up"
  | "down"
  | "page up"
  | "page down"
  | "first"
  | "last"
  | "enter"
  | "leave"
  | "interrupt"
  | "erase"
  | { readonly digit: string };

const ESCAPE = "\x1b";

/** What terminals send for keys that are not characters: xterm's codes and those of the Linux console. */
const SEQUENCES: Readonly<Record<string, Key>> = {
  "[A": "up",
  "OA": "up",
  "[B": "down",
  "OB": "down",
  "[5~": "page up",
  "[6~": "page down",
  "[H": "first",
  "OH": "first",
  "[1~": "first",
  "[F": "last",
  "OF": "last",
  "[4~": "last",
};

const CHARACTERS: Readonly<Record<string, Key>> = {
  "\r": "enter",
  "\n": "enter",
  "q": "leave",
  "\x04": "leave",
  // If the terminal does not turn it into a signal.
  "\x03": "interrupt",
  "\x7f": "erase",
  "\b": "erase",
  "k": "up",
  "j": "down",
};

/** Whether more must be read to know the last key: a sequence may arrive in pieces. */
export function isUnfinished(typed: string): boolean {
  // deno-lint-ignore no-control-regex -- an escape is what it is about
  return /\x1b(O|\[[0-9;]*)?$/.test(typed);
}

/** What was typed, without the keys that send escape sequences. */
export function withoutSequences(typed: string): string {
  // deno-lint-ignore no-control-regex -- an escape is what it is about
  return typed.replace(/\x1b(?:O[A-Z]|\[[0-9;]*[A-Za-z~])?/g, "");
}

/** The keys that were pressed, from the terminal's input; keys without a meaning in a list are dropped. */
export function keysOf(typed: string): Key[] {
  // deno-lint-ignore no-control-regex -- an escape is what it is about
  const pressed = typed.match(/\x1b(?:O[A-Z]|\[[0-9;]*[A-Za-z~])|[^]/g) ?? [];
  return pressed.flatMap((text) => {
    if (text === ESCAPE) return ["leave"];
    if (text.startsWith(ESCAPE)) return SEQUENCES[text.slice(1)] ?? [];
    return /\d/.test(text) ? [{ digit: text }] : CHARACTERS[text] ?? [];
  });
}
