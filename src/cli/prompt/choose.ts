import type { BackupEntry, Listed } from "../../engine/protocol/mod.ts";
import { BackupError, declined } from "../../errors.ts";
import { ChoiceList } from "../../output/choice_list.ts";
import { stripControls } from "../../output/format.ts";
import { choices } from "../../output/views/backups.ts";
import { listArchives } from "../options/archive.ts";
import type { Context } from "../context.ts";
import { interrupted, prompt } from "./confirm.ts";
import type { Keyboard } from "../io.ts";
import { isUnfinished, type Key, keysOf } from "./keys.ts";

/** The rest of what a key sends is there by then, in milliseconds; a person who presses Esc waits as long. */
const SEQUENCE_MS = 50;
const PAGE = 10;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_BELOW = "\x1b[J";

/**
 * Lets the person at the terminal choose a backup.
 *
 * @returns the path of its archive
 */
export async function chooseBackup(context: Context): Promise<string> {
  const { globals, io } = context;
  if (globals.json || !io.terminal.input || !io.terminal.error) {
    throw new BackupError("usage", "Cannot tell which backup to restore", "Name one, or say: latest");
  }
  const listed = await listArchives(context);
  const isPlain = globals.noProgress || globals.progress === "none";
  using keyboard = isPlain ? null : io.openKeyboard();
  return (keyboard === null ? await chooseByNumber(listed, context) : await chooseByKeys(listed, keyboard, context))
    .path;
}

/** For a terminal that cannot be drawn on. */
async function chooseByNumber({ entries, directory }: Listed, context: Context): Promise<BackupEntry> {
  const range = entries.length === 1 ? "1" : `1-${entries.length}`;
  context.io.err(`Backups in ${stripControls(directory)}:\n${choices(entries).join("\n")}\n`);
  const answer = (await prompt(context, `Which one? [${range}, Enter for none] `) ?? "").trim();
  if (answer === "") throw declined();
  const entry = /^\d+$/.test(answer) ? entries[Number(answer) - 1] : undefined;
  if (entry === undefined) throw new BackupError("usage", `There is no backup number "${answer}"; nothing was changed`);
  return entry;
}

async function chooseByKeys(listed: Listed, keyboard: Keyboard, { io, palette }: Context): Promise<BackupEntry> {
  const list = new ChoiceList(listed);
  let drawn = 0;
  const back = () => drawn === 0 ? "" : `\x1b[${drawn}A\r`;
  const draw = () => {
    const lines = list.lines(io.terminal.columns, io.terminal.rows, palette);
    io.err(`${back()}${HIDE_CURSOR}${CLEAR_BELOW}${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  try {
    for (;;) {
      draw();
      for (const key of keysOf(await readKeys(keyboard, io.interruption))) {
        const entry = press(key, list, listed.entries.length);
        if (entry !== null) return entry;
      }
    }
  } finally {
    io.err(`${back()}${CLEAR_BELOW}${SHOW_CURSOR}`);
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

/** What was typed next; an escape alone is one when nothing follows it soon. */
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
