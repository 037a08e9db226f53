import type { BackupEntry, Listed } from "../engine/protocol/mod.ts";
import type { Palette } from "./color.ts";
import { cutTo, formatAge, formatMinute, formatSize, formatTable, stripControls } from "./format.ts";
import { filesOf, marksOf } from "./views/backups.ts";

/** Lines of the list besides backups: two of the title, two of the head, two below. */
const OTHER_LINES = 6;
/** With fewer rows than this, only the help is shown besides the backups; in a single row, not even that. */
const FEWEST_LINES = OTHER_LINES + 1;
const MARK = "> ";
/** From the longest on: where a terminal has little room, the way out must not be what is cut. */
const HELPS = [
  "Up, down or a number; Enter to choose, Esc to cancel",
  "Enter to choose, Esc to cancel",
  "Esc to cancel",
] as const;

/** The backups in a directory, one of which is marked. */
export class ChoiceList {
  readonly #listed: Listed;
  #marked = 0;
  #typed = "";
  #note = "";

  constructor(listed: Listed) {
    this.#listed = listed;
  }

  get marked(): BackupEntry | undefined {
    return this.#listed.entries[this.#marked];
  }

  /** Moves the mark by a number of backups, as far as the list goes. */
  move(by: number): void {
    this.#typed = "";
    this.#mark(this.#marked + by);
  }

  /** Appends a digit to the number; if there is no such backup, starts a new number. */
  type(digit: string): void {
    const { length } = this.#listed.entries;
    const number = [this.#typed + digit, digit].find((text) => Number(text) >= 1 && Number(text) <= length);
    if (number === undefined) return this.say(`There is no backup number ${stripControls(this.#typed + digit)}`);
    this.#typed = number;
    this.#mark(Number(number) - 1);
  }

  /** Removes the last digit of the number. */
  erase(): void {
    this.#typed = this.#typed.slice(0, -1);
    if (this.#typed !== "") this.#mark(Number(this.#typed) - 1);
  }

  /** Shows a note below the list until the next key. */
  say(note: string): void {
    this.#note = note;
  }

  /** The lines to draw, each narrower than `columns`; as many backups as fit into `rows`, including the marked one. */
  lines(columns: number, rows: number, palette: Palette): string[] {
    const { entries, directory } = this.#listed;
    const [title = "", rule = "", ...table] = this.#table();
    // The cursor is below the last line.
    const room = rows - 1;
    const others = room >= FEWEST_LINES ? OTHER_LINES : room >= 2 ? 1 : 0;
    const shown = Math.max(1, Math.min(entries.length, room - others));
    const top = Math.min(Math.max(0, this.#marked - Math.floor(shown / 2)), entries.length - shown);
    const cut = (text: string) => cutTo(text, columns - 1);
    const backups = table.slice(top, top + shown).map((text, index) => {
      const at = top + index;
      const line = cut((at === this.#marked ? MARK : "  ") + text);
      if (entries[at]?.fault !== null) return palette.faint(line);
      return at === this.#marked ? palette.marked(line) : line;
    });
    const keys = HELPS.find((help) => help.length < columns) ?? HELPS[2];
    const help = cut(this.#note === "" ? keys : this.#note);
    if (others < OTHER_LINES) return [...backups, ...(others === 0 ? [] : [help])];
    const head = [`Backups in ${stripControls(directory)}:`, "", `  ${title}`, `  ${rule}`];
    return [...head.map(cut), ...backups, "", help];
  }

  #mark(at: number): void {
    this.#note = "";
    this.#marked = Math.min(Math.max(0, at), this.#listed.entries.length - 1);
  }

  #table(): string[] {
    const { entries, listedAt } = this.#listed;
    const age = ({ createdAt }: BackupEntry) => Math.max(0, Date.parse(listedAt) - Date.parse(createdAt)) / 1000;
    const marks = entries.map((entry) => entry.metadata === null ? "" : marksOf(entry).join(", "));
    const hasMarks = marks.some((mark) => mark !== "");
    return formatTable(
      [
        { title: "No", align: "right" },
        { title: "Created (UTC)", align: "left" },
        { title: "Age", align: "right" },
        { title: "Size", align: "right" },
        { title: "Files", align: "right" },
        ...(hasMarks ? [{ title: "Mark", align: "left" } as const] : []),
      ],
      entries.map((entry, index) => [
        String(index + 1),
        formatMinute(entry.createdAt),
        formatAge(age(entry)),
        formatSize(entry.archiveSize),
        filesOf(entry),
        ...(hasMarks ? [marks[index] ?? ""] : []),
      ]),
    );
  }
}
