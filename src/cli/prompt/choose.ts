import type { BackupEntry, Listed } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { ChoiceList } from "../../output/choice_list.ts";
import { stripControls } from "../../output/format.ts";
import { choices } from "../../output/views/backups.ts";
import { listArchives } from "../options/archive.ts";
import { archiveOf } from "../options/latest.ts";
import type { Context } from "../context.ts";
import { interrupted, prompt } from "./confirm.ts";
import type { Keyboard } from "../io.ts";
import { isUnfinished, type Key, keysOf } from "./keys.ts";

/** The rest of a key's sequence has arrived by then, in milliseconds; a person who presses Esc waits as long. */
const SEQUENCE_MS = 50;
const PAGE = 10;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_SCREEN = "\x1b[H\x1b[2J";
const CLEAR_BELOW = "\x1b[J";

/**
 * Lets the person at the terminal choose a backup.
 *
 * @param library the library in place: backups of others are marked
 * @returns the path of its archive
 */
export async function chooseBackup(context: Context, library: string | null): Promise<string> {
  const { globals, io } = context;
  if (globals.json || !io.terminal.input || !io.terminal.error) {
    throw new BackupError("usage", "Cannot tell which backup to restore", "Name one, or use: latest");
  }
  const listed = await listArchives(context, library);
  const isPlain = globals.noProgress || globals.progress === "none" || !io.terminal.takesEscapes;
  const screen = new ListScreen(new ChoiceList(listed), context);
  using keyboard = isPlain ? null : await io.openKeyboard((isResized) => screen.redraw(isResized));
  const chosen = keyboard === null
    ? await chooseByNumber(listed, context)
    : await chooseByKeys(screen, keyboard, listed.entries.length, io.interruption);
  return archiveOf(chosen, "Cannot restore");
}

/** For a terminal without escape sequences. */
async function chooseByNumber({ entries, directory }: Listed, context: Context): Promise<BackupEntry> {
  const range = entries.length === 1 ? "1" : `1-${entries.length}`;
  context.io.err(`Backups in ${stripControls(directory)}:\n${choices(entries).join("\n")}\n`);
  const answer = (await prompt(context, `Which one? [${range}, Enter for none] `) ?? "").trim();
  if (answer === "") throw declined();
  const entry = /^\d+$/.test(answer) ? entries[Number(answer) - 1] : undefined;
  if (entry === undefined) throw new BackupError("usage", `No backup has number "${answer}"; nothing was changed`);
  return entry;
}

/** A list on the terminal that is redrawn in place, and removed at the end. The cursor is hidden only meanwhile. */
class ListScreen {
  readonly list: ChoiceList;
  readonly #context: Context;
  #drawn = 0;

  constructor(list: ChoiceList, context: Context) {
    this.list = list;
    this.#context = context;
  }

  draw(): void {
    const { io, palette } = this.#context;
    const { columns, rows } = io.terminal.size();
    const lines = this.list.lines(columns, rows, palette);
    io.err(`${this.#back()}${HIDE_CURSOR}${CLEAR_BELOW}${lines.join("\n")}\n${SHOW_CURSOR}`);
    this.#drawn = lines.length;
  }

  /**
   * Draws it again: below what a shell has printed meanwhile or, where lines may have been wrapped, on an empty screen.
   */
  redraw(isResized: boolean): void {
    if (isResized) this.#context.io.err(CLEAR_SCREEN);
    this.#drawn = 0;
    this.draw();
  }

  erase(): void {
    this.#context.io.err(`${this.#back()}${CLEAR_BELOW}`);
  }

  #back(): string {
    return this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A\r`;
  }
}

async function chooseByKeys(
  screen: ListScreen,
  keyboard: Keyboard,
  count: number,
  interruption: AbortSignal,
): Promise<BackupEntry> {
  try {
    for (;;) {
      screen.draw();
      for (const key of keysOf(await readKeys(keyboard, interruption))) {
        const entry = press(key, screen.list, count);
        if (entry !== null) return entry;
      }
    }
  } finally {
    screen.erase();
  }
}

/** @returns the backup that was chosen with this key, or null */
function press(key: Key, list: ChoiceList, count: number): BackupEntry | null {
  if (typeof key === "object") {
    list.type(key.digit);
    return null;
  }
  switch (key) {
    case "up":
      list.move(-1);
      break;
    case "down":
      list.move(1);
      break;
    case "page up":
      list.move(-PAGE);
      break;
    case "page down":
      list.move(PAGE);
      break;
    case "first":
      list.move(-count);
      break;
    case "last":
      list.move(count);
      break;
    case "erase":
      list.erase();
      break;
    case "leave":
      throw declined();
    case "interrupt":
      throw new BackupError("interrupted", "Interrupted: nothing was changed");
    case "enter": {
      const { marked } = list;
      if (marked === undefined || marked.fault === null) return marked ?? null;
      const what = marked.fault === "damaged" ? "Damaged" : "It cannot be read";
      list.say(`${what}: ${stripControls(marked.error ?? "")}`);
    }
  }
  return null;
}

/** What was typed next; an escape is a key of its own if nothing follows it soon. */
async function readKeys(keyboard: Keyboard, interruption: AbortSignal): Promise<string> {
  let typed = "";
  using stopped = interrupted(interruption);
  do {
    const more = keyboard.read();
    const waiting: Promise<string | null>[] = [more, stopped.promise];
    if (typed !== "") waiting.push(new Promise((resolve) => setTimeout(resolve, SEQUENCE_MS, "")));
    const came = await Promise.race(waiting);
    if (came === null) throw declined();
    if (came === "") break;
    typed += came;
  } while (isUnfinished(typed));
  return typed;
}
