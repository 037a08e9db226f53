/** Colors for the few words that should be seen first. */
export interface Palette {
  error(text: string): string;
  warning(text: string): string;
  /** Something that cannot be used. */
  faint(text: string): string;
  /** What Enter takes. */
  marked(text: string): string;
}

const BOLD_RED = "\x1b[1;31m";
const YELLOW = "\x1b[33m";
const FAINT = "\x1b[2m";
const INVERSE = "\x1b[7m";
const RESET = "\x1b[0m";

const asItIs = (text: string) => text;

/** No colors. */
export const PLAIN: Palette = { error: asItIs, warning: asItIs, faint: asItIs, marked: asItIs };

/** The colors of a terminal. */
export const COLORED: Palette = {
  error: (text) => BOLD_RED + text + RESET,
  warning: (text) => YELLOW + text + RESET,
  faint: (text) => FAINT + text + RESET,
  marked: (text) => INVERSE + text + RESET,
};
