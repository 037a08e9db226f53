/** Text for people: sizes, counts, times, and strings from files made harmless. */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;
const STEP = 1024;

/** A size in bytes as VPO prints it: powers of 1024, one decimal from KB on. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 KB would be printed as "1024.0 KB".
  while (Math.round(value * 10) >= STEP * 10 && unit < UNITS.length - 1) {
    value /= STEP;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A count with thousands separators: 1,523. */
export function formatCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** "1 backup", "1,523 backups". */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `2026-02-05 14:30:22 UTC` from ISO 8601; a text that is no time comes back as it is. */
export function formatTime(iso: string): string {
  const minute = formatMinute(iso);
  return minute === iso ? iso : `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** `2026-02-05 14:30`, in UTC, from ISO 8601; a text that is no time comes back as it is. */
export function formatMinute(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : time.toISOString().slice(0, 16).replace("T", " ");
}

/** Units of an age, the largest first, with their seconds. */
const AGES = [["year", 31_536_000], ["month", 2_592_000], ["week", 604_800], ["day", 86_400], ["hour", 3600], [
  "minute",
  60,
]] as const;

/** An age in words, in the largest unit of which there are two: "36 hours", "3 days". */
export function formatAge(seconds: number): string {
  const [unit, size] = AGES.find(([, size]) => seconds >= 2 * size) ?? ["second", 1];
  return formatPlural(Math.floor(seconds / size), unit);
}

export function formatSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} seconds`;
}

/** A stretch of time in the two units that matter: `9 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const twoDigits = (number: number) => String(number).padStart(2, "0");
  if (hours > 0) return `${formatCount(hours)} h ${twoDigits(minutes)} min`;
  return minutes > 0 ? `${minutes} min ${twoDigits(whole % 60)} s` : `${whole} s`;
}

/** A number of bytes as a size, of anything else with its noun. */
export function formatAmount(amount: number, unit: "bytes" | "files" | "backups"): string {
  return unit === "bytes" ? formatSize(Math.round(amount)) : formatPlural(Math.round(amount), unit.slice(0, -1));
}

/** A bar of which `share`, from 0 to 1, is filled. */
export function formatBar(share: number, columns: number): string {
  const filled = Math.round(share * columns);
  return "█".repeat(filled) + "░".repeat(columns - filled);
}

/** Seconds rounded to thousandths, for JSON. */
export function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** Share of `whole` that `part` saves, rounded to `decimals`; 0 where there is no whole. */
export function savedShare(whole: number, part: number, decimals: number): number {
  return whole === 0 ? 0 : Number(((whole - part) / whole).toFixed(decimals));
}

/** JSON with the characters escaped that it lets through and that a terminal could obey, or that hide text. */
export function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * Removes what could steer a terminal or hide text: control characters, line breaks and changes of writing direction.
 * For every text that comes from a file, a database or a path.
 */
export function stripControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
}

/** Columns that a text takes in a terminal, near enough: wide East Asian characters count twice, marks not at all. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(character)
        ? 2
        : 1;
  }
  return width;
}

/** A text in lines of at most `width` columns, broken between words; a word that is longer has a line of its own. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && textWidth(line) + 1 + textWidth(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The beginning of a text that has room in so many columns. */
export function cutTo(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let cut = "";
  for (const character of text) {
    if (textWidth(cut + character) > columns) break;
    cut += character;
  }
  return cut;
}

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

const COLUMN_GAP = "   ";

/** A table with a rule under its titles; the last lines are the rows. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? "")))
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
