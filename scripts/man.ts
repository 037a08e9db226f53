import { join } from "node:path";
import { manualPage } from "./man/page.ts";

/** Writes the manual page anew: `deno task man`. Its date changes only where something else does. */
const PAGE = join(import.meta.dirname ?? ".", "man", "vpo-backup.1");

/** The date in a page, or null where there is none. */
export function dateOf(page: string): string | null {
  return /^\.TH \S+ 1 "([^"]*)"/m.exec(page)?.[1] ?? null;
}

/** The page as it should be: the present one where that says all, else a new one of `today`. */
export function renewed(present: string, today: string): string {
  const date = dateOf(present);
  if (date !== null && manualPage(date) === present) return present;
  return manualPage(today);
}

function readPage(): string {
  try {
    return Deno.readTextFileSync(PAGE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

if (import.meta.main) Deno.writeTextFileSync(PAGE, renewed(readPage(), new Date().toISOString().slice(0, 10)));
