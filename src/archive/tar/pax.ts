import { BackupError } from "../../errors.ts";

/**
 * PAX records that do not change what a member holds. `hdrcharset` is the encoding of user names: Python adds it where
 * one is not UTF-8.
 */
const HARMLESS = new Set(["mtime", "atime", "ctime", "uid", "gid", "uname", "gname", "hdrcharset"]);

/** What a PAX header (POSIX.1-2017, pax, "pax Extended Header") says of the member after it, as far as that counts. */
export interface PaxRecords {
  /** In bytes. */
  readonly size?: number;
  /** Its name, where that does not fit its own header. */
  readonly path?: string;
}

/**
 * Reads the body of a PAX header. Each record is `<length> <key>=<value>\n`.
 *
 * @throws {BackupError} `invalid_archive`, where it is broken, or has a record that would make something else of a member
 */
export function readPax(body: Uint8Array): PaxRecords {
  const records: { size?: number; path?: string } = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(0x20, at);
    const digits = space === -1 ? "" : decode(body.subarray(at, space));
    const end = at + Number(/^[1-9]\d{0,5}$/.exec(digits)?.[0] ?? 0);
    const record = end > space && end <= body.length ? body.subarray(space + 1, end) : new Uint8Array();
    const [, key, value] = /^([^=]+)=([^]*)\n$/.exec(decode(record)) ?? [];
    if (space === -1 || key === undefined || value === undefined) throw invalid("it has a broken PAX header");
    if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw invalid("a PAX header has an impossible size");
      records.size = Number(value);
    } else if (key === "path") {
      records.path = value;
    } else if (!HARMLESS.has(key)) {
      throw invalid(`it has a PAX record "${key}"`);
    }
    at = end;
  }
  return records;
}

/** Decodes text without dropping any character: a byte order mark makes another name. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function invalid(why: string): BackupError {
  return new BackupError("invalid_archive", `this is not a VPO backup: ${why}`);
}
