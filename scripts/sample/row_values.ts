/** One value of a row, as SQLite takes it. */
export type Value = string | number | null;

/** A row to insert, by column name; columns that are left out are NULL. */
export type Row = Readonly<Record<string, Value>>;

/** A row and the table it belongs in. */
export type TableRow = readonly [table: string, row: Row];

/** A second; times are integers in microseconds since 1970, because VPO writes that many digits. */
export const SECOND = 1_000_000;
/** A minute, in microseconds. */
export const MINUTE = 60 * SECOND;
/** A day, in microseconds. */
export const DAY = 24 * 60 * MINUTE;

/** Hexadecimal digits of a content hash. */
export const HASH_DIGITS = 64;

/** ISO 8601 as Python writes it, from microseconds since 1970. */
export function isoTime(microseconds: number): string {
  const milliseconds = Math.floor(microseconds / 1_000);
  const digits = new Date(milliseconds).toISOString().slice(0, -1);
  return `${digits}${String(microseconds - milliseconds * 1_000).padStart(3, "0")}+00:00`;
}

/** JSON in the spacing of Python's `json.dumps`; breaks inside strings are escaped, so every line break is layout. */
export function pythonJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replaceAll(/,\n */g, ", ").replaceAll(/\n */g, "");
}
