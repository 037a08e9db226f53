/**
 * Text for people: sizes, counts, times, and untrusted strings made harmless.
 *
 * @module
 */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const STEP = 1024;

/**
 * A size in bytes as VPO prints it: powers of 1024, one decimal from KB on; "unknown" for what cannot be a size, such
 * as a sum that includes an infinite size or text.
 */
export function formatSize(bytes: number): string {
  if (!(bytes >= 0 && bytes < Number.MAX_SAFE_INTEGER)) return "unknown";
  let value = bytes;
  let unit = 0;
  // Otherwise 1023.95 KB would be printed as "1024.0 KB".
  while (Math.round(value * 10) >= STEP * 10 && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A count with thousands separators: 1,523. */
export function formatCount(count: number): string {
  // By hand: the first use of Intl takes a third as long as the runtime's start.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 backup", "1,523 backups". */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `2026-02-05 14:30:22 UTC`, from ISO 8601; a text that is not a time is returned as it is. */
export function formatTime(iso: string): string {
  const minute = formatMinute(iso);
  return minute === iso ? iso : `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `2026-02-05 14:30`, in UTC, from ISO 8601; a text that is not a time is returned as it is. */
export function formatMinute(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toISOString().slice(0, 16).replace("T", " ");
}

/** `2026-02-05T14:30:22Z`, the one form of a time in JSON; a text that is not a time is returned as it is. */
export function formatIso(iso: string | null): string | null {
  if (iso === null) return null;
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19)}Z`;
}

/** `2026-02-05 15:30`, in the local time zone, from ISO 8601; a text that is not a time is returned as it is. */
export function formatLocalMinute(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return formatMinute(new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString());
}

/** Units of an age, largest first, in seconds. */
const AGES = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], [
  "minute",
  60,
]] as const;

/** An age in words, in the largest unit of which it has at least two: "36 hours", "3 days". */
export function formatAge(seconds: number): string {
  const [unit, size] = AGES.find(([, size]) => seconds >= 2 * size) ?? ["second", 1];
  return formatPlural(Math.floor(seconds / size), unit);
}

/** `2.5 seconds`. */
export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} seconds`;
}

/** A duration in its two largest units: `9 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  if (hours > 0) return `${formatCount(hours)} h ${twoDigits(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${twoDigits(whole % 60)} s` : `${whole} s`;
}

/** An amount: bytes as a size, anything else with its noun. */
export function formatAmount(amount: number, unit: "bytes" | "files" | "backups"): string {
  return unit === "bytes" ? formatSize(Math.round(amount)) : formatPlural(Math.round(amount), unit.slice(0, -1));
}

const BAR_COLUMNS = 24;
/** A bar narrower than this says less than none. */
const MIN_BAR_COLUMNS = 8;

/** Width of a bar within this many columns; 0 for none. */
export function barColumns(room: number): number {
  return room < MIN_BAR_COLUMNS ? 0 : Math.min(room, BAR_COLUMNS);
}

/** A bar of which `share`, from 0 to 1, is filled. */
export function formatBar(share: number, columns: number): string {
  const filled = Math.round(Math.min(Math.max(share || 0, 0), 1) * columns);
  return "█".repeat(filled) + "░".repeat(columns - filled);
}

/** Seconds rounded to thousandths, for JSON. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Share of `whole` that `part` saves, rounded to `decimals`; 0 if `whole` is 0. */
export function savedShare(whole: number, part: number, decimals: number): number {
  return whole === 0 ? 0 : Number(((whole - part) / whole).toFixed(decimals));
}

/**
 * Invisible characters that belong to words of many languages and to emoji: joiners, variation selectors, direction
 * marks.
 */
const UNSEEN_IN_WORDS = /[\u00ad\u034f\u180b-\u180f\u200c-\u200f\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;
/**
 * Characters that could control a terminal, break a line, reverse text or hide it: controls, format characters, tags
 * and the like.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]+/gu;
/** The same within JSON: line breaks between its values stay, `JSON.stringify` has escaped all others. */
const HIDDEN_IN_JSON =
  /[\u007f-\u009f\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu;
/** More combining marks on one letter than any script has; a terminal may take seconds to draw thousands. */
const TOO_MANY_MARKS = /(\p{Mark}{8})\p{Mark}+/gu;
const REPLACEMENT = "\ufffd";
/** Longer texts are cut, in UTF-16 code units: Linux has no longer paths. The reason in an error comes at its end. */
const MAX_LENGTH = 4096;
const END_LENGTH = 1024;
const ELLIPSIS = "…";

/** JSON with the remaining characters escaped that a terminal could obey, or that hide text. */
export function escapeControls(json: string): string {
  return json.replace(HIDDEN_IN_JSON, (character) =>
    character.replace(
      /[^]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ));
}

/**
 * A text from a file, a database or a path, made safe to print: in one line, limited in length, and with a visible sign
 * in place of whatever could control a terminal or hide text.
 */
export function stripControls(text: string): string {
  return shortened(text).replace(UNSEEN_IN_WORDS, "").replace(HIDDEN, REPLACEMENT)
    .replace(TOO_MANY_MARKS, `$1${REPLACEMENT}`);
}

function shortened(text: string): string {
  if (text.length <= MAX_LENGTH) return text;
  return text.slice(0, MAX_LENGTH - END_LENGTH) + ELLIPSIS + text.slice(-END_LENGTH);
}

/** The path that stands for a pipe. */
export const PIPE = "-";

/** The path of an archive that was read, as it may be printed. */
export function pathOf(path: string): string {
  return path === PIPE ? "standard input" : stripControls(path);
}

const ASCII = /^[\x20-\x7e]*$/;
const MARK = /\p{Mark}/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;

/**
 * Columns that a text takes in a terminal, near enough: wide East Asian characters count twice, combining marks not at
 * all.
 */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (character <= "\x7e") return 1;
  return MARK.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
}

/** A text in lines of at most `width` columns, broken between words; a longer word gets a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of text.split(" ")) {
    const columns = textWidth(word);
    if (line !== "" && used + 1 + columns > width) {
      lines.push(line);
      line = word;
      used = columns;
    } else {
      used += line === "" ? columns : columns + 1;
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The beginning of a text that fits this many columns. */
export function cutTo(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

const COLUMN_GAP = "   ";

/** A table with a rule under its titles; the last lines are the rows. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, index) =>
    rows.reduce((width, row) => Math.max(width, textWidth(row[index] ?? "")), textWidth(column.title))
  );
  const line = (cells: readonly string[]) =>
    columns.map((column, index) => pad(cells[index] ?? "", widths[index] ?? 0, column.align)).join(COLUMN_GAP)
      .trimEnd();
  const total = widths.reduce((sum, width) => sum + width, 0) + COLUMN_GAP.length * (columns.length - 1);
  return [line(columns.map((column) => column.title)), "─".repeat(total), ...rows.map(line)];
}

function pad(text: string, width: number, align: Column["align"]): string {
  const space = " ".repeat(Math.max(0, width - textWidth(text)));
  return align === "left" ? text + space : space + text;
}
