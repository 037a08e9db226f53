/**
 * Reads the tar stream of a backup, and nothing else: exactly the two members, as regular files, each once, and
 * between the metadata and the database possibly settings, whose names have one of a few shapes.
 *
 * It is ours and not modern-tar's decoder because that one reports every kind of entry it does not know, a GNU sparse
 * file among them, as a regular file, and skips PAX records that it cannot parse; such a backup must be refused.
 * Layout of a header: POSIX.1-2017, pax, "ustar Interchange Format"; numbers beyond 8 GiB: GNU tar's base-256.
 *
 * @module
 */
import { BackupError } from "../../errors.ts";
import { isZero } from "../../store/file_bytes.ts";
import { MAX_METADATA_BYTES } from "../../store/metadata.ts";
import {
  isSettingsName,
  MAX_SETTINGS_BYTES,
  MAX_SETTINGS_COUNT,
  MAX_SETTINGS_FILE_BYTES,
  SETTINGS_PREFIX,
  SettingsNames,
} from "../../store/settings/names.ts";
import type { SettingsSink } from "../../store/settings/settings_index.ts";
import { type PaxRecords, readPax } from "./pax.ts";
import { DATABASE_MEMBER, METADATA_MEMBER, TAR_RECORD_BYTES } from "./tar_frame.ts";

const NAME = { at: 0, bytes: 100 } as const;
const MODE = { at: 100, bytes: 8 } as const;
const UID = { at: 108, bytes: 8 } as const;
const GID = { at: 116, bytes: 8 } as const;
const SIZE = { at: 124, bytes: 12 } as const;
const MTIME = { at: 136, bytes: 12 } as const;
const CHECKSUM = { at: 148, bytes: 8 } as const;
const TYPE_AT = 156;
const LINK_NAME = { at: 157, bytes: 100 } as const;
const MAGIC = { at: 257, bytes: 8 } as const;
/** For devices; other files may leave them empty. */
const DEVICE = [{ at: 329, bytes: 8 }, { at: 337, bytes: 8 }] as const;
const PREFIX = { at: 345, bytes: 155 } as const;

/** Read, write and execute for owner, group and others. */
const MAX_SETTINGS_MODE = 0o777;
const MAX_PAX_BYTES = 64 * 1024;
/** Zeros after the end mark: tar pads its last block, Python to 10 KiB, GNU tar to whatever it is told. */
const MAX_FILLING_BYTES = 1024 * 1024;

const ENTRY_KINDS: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a character device",
  "4": "a block device",
  "5": "a directory",
  "6": "a FIFO",
  "S": "a sparse file",
  "g": "a global PAX header",
  "L": "a GNU long name",
  "K": "a GNU long link name",
};

/** Receives the bytes of the members. Chunks are valid during the call only. */
export interface TarSink {
  /** The metadata, whole. */
  metadata(bytes: Uint8Array): void;
  /** The database begins and is `size` bytes long. */
  database(size: number): void;
  /** The next bytes of the database. */
  data(chunk: Uint8Array): void;
  readonly settings?: SettingsSink;
}

type State =
  | { readonly name: "header" }
  | { readonly name: "pax" | "metadata"; readonly body: Uint8Array; filled: number }
  | { readonly name: "database" | "settings"; readonly size: number; remaining: number }
  | { readonly name: "padding"; remaining: number }
  | { readonly name: "end"; filling: number };

/** Reads the tar stream of a backup, piece by piece. */
export class TarReader {
  readonly #sink: TarSink;
  readonly #seen = new Set<string>();
  readonly #header = new Uint8Array(TAR_RECORD_BYTES);
  #headerFilled = 0;
  #zeroRecords = 0;
  /** What a PAX header said of the member that comes next; null where there was none. */
  #pax: PaxRecords | null = null;
  readonly #settings = { names: new SettingsNames(), count: 0, bytes: 0 };
  #state: State = { name: "header" };

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /**
   * Takes the next bytes of the tar stream.
   *
   * @throws {BackupError} `invalid_archive`, when they are not those of a backup
   */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) rest = rest.subarray(this.#take(rest));
  }

  /**
   * Ends the stream.
   *
   * @throws {BackupError} `invalid_archive`, when something is missing
   */
  end(): void {
    if (this.#state.name !== "end") throw invalid("its tar stream ends early");
    for (const member of [METADATA_MEMBER, DATABASE_MEMBER]) {
      if (!this.#seen.has(member)) throw invalid(`it has no ${member}`);
    }
  }

  /** Whether what comes next is another member, or the end mark. */
  get isBetweenMembers(): boolean {
    return this.#state.name === "header" && this.#headerFilled === 0 && this.#pax === null && this.#zeroRecords === 0;
  }

  /** Consumes some of `bytes` and returns how many. */
  #take(bytes: Uint8Array): number {
    const state = this.#state;
    switch (state.name) {
      case "header":
        return this.#takeHeader(bytes);
      case "pax":
      case "metadata": {
        const part = bytes.subarray(0, state.body.length - state.filled);
        state.body.set(part, state.filled);
        state.filled += part.length;
        if (state.filled === state.body.length) this.#endBody(state.name, state.body);
        return part.length;
      }
      case "database":
      case "settings": {
        const part = bytes.subarray(0, state.remaining);
        if (state.name === "database") this.#sink.data(part);
        else this.#sink.settings?.write(part);
        state.remaining -= part.length;
        if (state.remaining === 0) this.#skipPadding(state.size);
        return part.length;
      }
      case "padding": {
        const part = bytes.subarray(0, state.remaining);
        if (!isZero(part)) throw invalid("it has data between its members");
        state.remaining -= part.length;
        if (state.remaining === 0) this.#state = { name: "header" };
        return part.length;
      }
      case "end":
        state.filling += bytes.length;
        if (state.filling > MAX_FILLING_BYTES || !isZero(bytes)) throw invalid("it goes on after its end mark");
        return bytes.length;
    }
  }

  #takeHeader(bytes: Uint8Array): number {
    const part = bytes.subarray(0, TAR_RECORD_BYTES - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.length;
    if (this.#headerFilled === TAR_RECORD_BYTES) {
      this.#headerFilled = 0;
      this.#endHeader(this.#header);
    }
    return part.length;
  }

  #endHeader(header: Uint8Array): void {
    if (isZero(header)) {
      if (this.#pax !== null) throw invalid("a PAX header describes nothing");
      this.#zeroRecords++;
      if (this.#zeroRecords === 2) this.#state = { name: "end", filling: 0 };
      return;
    }
    if (this.#zeroRecords > 0) throw invalid("it goes on after its end mark");
    checkHeader(header);
    const type = String.fromCharCode(header[TYPE_AT] ?? 0);
    const size = readNumber(header, SIZE);
    if (type === "x") return this.#beginPax(size);
    if (type !== "0" && type !== "\0") {
      throw invalid(`it holds ${ENTRY_KINDS[type] ?? "an entry of an unknown kind"}`);
    }
    this.#beginMember(header, size);
  }

  #beginPax(size: number): void {
    if (this.#pax !== null) throw invalid("it has two PAX headers in a row");
    if (size === 0 || size > MAX_PAX_BYTES) throw invalid("it has a PAX header of an unlikely size");
    this.#state = { name: "pax", body: new Uint8Array(size), filled: 0 };
  }

  #beginMember(header: Uint8Array, ownSize: number): void {
    const pax = this.#pax;
    this.#pax = null;
    const name = pax?.path ?? readName(header);
    const size = pax?.size ?? ownSize;
    if (name.startsWith(SETTINGS_PREFIX)) return this.#beginSettings(name, size, header);
    // Neither of the two needs more space for its name.
    if (pax?.path !== undefined) throw invalid('it has a PAX record "path"');
    if (name !== METADATA_MEMBER && name !== DATABASE_MEMBER) throw invalid(`it holds a member "${name}"`);
    if (this.#seen.has(name)) throw invalid(`it holds ${name} twice`);
    this.#seen.add(name);
    if (size === 0) throw invalid(`its ${name} is empty`);
    if (name === METADATA_MEMBER) {
      if (size > MAX_METADATA_BYTES) throw invalid(`its ${name} is larger than ${MAX_METADATA_BYTES} bytes`);
      this.#state = { name: "metadata", body: new Uint8Array(size), filled: 0 };
    } else {
      this.#sink.database(size);
      this.#state = { name: "database", size, remaining: size };
    }
  }

  #beginSettings(member: string, size: number, header: Uint8Array): void {
    const name = member.slice(SETTINGS_PREFIX.length);
    if (!isSettingsName(name) || !this.#seen.has(METADATA_MEMBER) || this.#seen.has(DATABASE_MEMBER)) {
      throw invalid(`it holds a member "${member}"`);
    }
    const settings = this.#settings;
    if (!settings.names.add(name)) {
      throw invalid(`it holds ${member} twice, or a name that is the same on some systems`);
    }
    settings.count++;
    settings.bytes += size;
    if (
      size > MAX_SETTINGS_FILE_BYTES || settings.bytes > MAX_SETTINGS_BYTES || settings.count > MAX_SETTINGS_COUNT
    ) {
      throw invalid("it holds more settings than a backup has");
    }
    const mode = readNumber(header, MODE);
    if (mode > MAX_SETTINGS_MODE) throw invalid(`its ${member} has an impossible mode`);
    this.#sink.settings?.begin({ name, mode, modified: readNumber(header, MTIME), size });
    if (size === 0) this.#skipPadding(0);
    else this.#state = { name: "settings", size, remaining: size };
  }

  #endBody(kind: "pax" | "metadata", body: Uint8Array): void {
    if (kind === "metadata") this.#sink.metadata(body);
    else this.#pax = readPax(body);
    this.#skipPadding(body.length);
  }

  #skipPadding(size: number): void {
    const remaining = (TAR_RECORD_BYTES - size % TAR_RECORD_BYTES) % TAR_RECORD_BYTES;
    this.#state = remaining === 0 ? { name: "header" } : { name: "padding", remaining };
  }
}

interface Field {
  readonly at: number;
  readonly bytes: number;
}

function checkHeader(header: Uint8Array): void {
  let sum = 0;
  header.forEach((byte, index) => sum += isInside(CHECKSUM, index) ? 0x20 : byte);
  if (readNumber(header, CHECKSUM) !== sum) throw invalid("the checksum of a tar header is wrong");
  const magic = String.fromCharCode(...fieldOf(header, MAGIC));
  if (magic !== "ustar\x0000" && magic !== "ustar  \0") throw invalid("it holds an entry in an unknown tar format");
  // Unused, but other readers refuse an archive where they are broken.
  for (const field of [MODE, UID, GID, MTIME]) readNumber(header, field);
  for (const field of DEVICE) {
    if (!isZero(fieldOf(header, field))) readNumber(header, field);
  }
  if (header[LINK_NAME.at] !== 0 || header[PREFIX.at] !== 0) throw invalid("it holds a member with a link or a path");
}

/** A number in octal digits or, if the first bit is set, in GNU's base-256. */
function readNumber(header: Uint8Array, field: Field): number {
  const bytes = fieldOf(header, field);
  if (bytes[0] === 0x80) {
    const value = bytes.subarray(1).reduce((sum, byte) => sum * 256 + byte, 0);
    if (Number.isSafeInteger(value)) return value;
  } else {
    const digits = /^ *([0-7]+)[ \0]*$/.exec(String.fromCharCode(...bytes))?.[1];
    if (digits !== undefined) return Number.parseInt(digits, 8);
  }
  throw invalid("a tar header has an impossible number");
}

/**
 * Decodes text without dropping any character: a byte order mark makes another name, and what is not UTF-8 is none of
 * ours.
 */
function readName(header: Uint8Array): string {
  const bytes = fieldOf(header, NAME);
  const end = bytes.indexOf(0);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(end === -1 ? bytes : bytes.subarray(0, end));
}

function fieldOf(header: Uint8Array, field: Field): Uint8Array {
  return header.subarray(field.at, field.at + field.bytes);
}

function isInside(field: Field, index: number): boolean {
  return index >= field.at && index < field.at + field.bytes;
}

function invalid(why: string): BackupError {
  return new BackupError("invalid_archive", `this is not a VPO backup: ${why}`);
}
