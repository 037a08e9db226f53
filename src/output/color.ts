/** Colors for the few words that should be seen first. */
export interface Palette {
  error(text: string): string;
  warning(text: string): string;
}

const BOLD_RED = "\x1b[1;31m";
const YELLOW = "\x1b[33m";
const RESET = "\x1b[0m";

export const PLAIN: Palette = { error: (text) => text, warning: (text) => text };

export const COLORED: Palette = {
  error: (text) => BOLD_RED + text + RESET,
  warning: (text) => YELLOW + text + RESET,
};
