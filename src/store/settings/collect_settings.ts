import { systemReason } from "../../errors.ts";
import { identityFrom, lstatIfPresent } from "../identity.ts";
import { openFile } from "../open_file.ts";
import { PRIVATE_FILE } from "../private_file.ts";
import {
  type FoundSetting,
  type FoundSettings,
  type LeftOut,
  TOO_LARGE,
  TOO_MUCH,
  whyUnreadable,
} from "./find_settings.ts";
import { MAX_SETTINGS_BYTES, MAX_SETTINGS_FILE_BYTES } from "./names.ts";
import type { SettingsBundle } from "./settings_index.ts";

/** Saving a file takes a moment, so one that changes is read again. */
const ATTEMPTS = 3;
const READ_BYTES = 64 * 1024;
/** The permission bits of a mode, without setuid and its like. */
const MODE_BITS = 0o777;
/** The most seconds that fit a tar header. */
const MAX_SECONDS = 0o77777777777;

/** A settings file changed between being examined and being read. */
class Changed extends Error {}

/** The disk that settings are put aside on could not take them: that says nothing about the settings. */
export class NotPutAside extends Error {}

/**
 * Reads settings of this machine into a bundle.
 *
 * @param advance is called for each file; what it throws ends the reading
 * @returns what was left out, and why, including what was left out before
 * @throws {NotPutAside}
 */
export function collectSettings(
  { files, leftOut }: Pick<FoundSettings, "files" | "leftOut">,
  bundle: SettingsBundle,
  advance: () => void,
): readonly LeftOut[] {
  const buffer = new Uint8Array(READ_BYTES);
  const others = [...leftOut];
  for (const file of files) {
    advance();
    const why = tryReading(file, bundle, buffer);
    if (why !== null) others.push({ name: file.name, why });
  }
  return others;
}

/** @returns why it cannot be included; null where it was */
function tryReading(file: FoundSetting, bundle: SettingsBundle, buffer: Uint8Array): string | null {
  let { info } = file;
  for (let attempt = 1;; attempt++) {
    try {
      const why = whyTooLarge(info.size, bundle);
      if (why === null) readInto(bundle, { ...file, info }, buffer);
      return why;
    } catch (error) {
      if (error instanceof NotPutAside) throw error;
      if (!(error instanceof Changed)) return whyUnreadable(error);
      if (attempt === ATTEMPTS) return "it changed while it was read";
    }
    const again = lstatIfPresent(file.path);
    if (again?.isFile !== true) return "it changed while it was read";
    info = again;
  }
}

function whyTooLarge(size: number, { totalBytes }: SettingsBundle): string | null {
  if (size > MAX_SETTINGS_FILE_BYTES) return TOO_LARGE;
  return totalBytes + size > MAX_SETTINGS_BYTES ? TOO_MUCH : null;
}

function readInto(bundle: SettingsBundle, { name, path, info }: FoundSetting, buffer: Uint8Array): void {
  using file = openFile(path, { noLinks: true });
  const opened = file.statSync();
  if (opened.size !== info.size || identityFrom(opened) !== identityFrom(info)) throw new Changed();
  const mode = info.mode === null ? PRIVATE_FILE : info.mode & MODE_BITS;
  bundle.begin({ name, mode, modified: secondsOf(info), size: info.size });
  try {
    for (let at = 0; at < info.size;) {
      const length = file.readSync(buffer.subarray(0, Math.min(buffer.length, info.size - at)));
      if (length === null) throw new Changed();
      putAside(bundle, buffer.subarray(0, length));
      at += length;
    }
    const read = file.statSync();
    if (read.size !== opened.size || read.mtime?.getTime() !== opened.mtime?.getTime()) throw new Changed();
  } catch (error) {
    bundle.takeBack();
    throw error;
  }
}

function putAside(bundle: SettingsBundle, bytes: Uint8Array): void {
  try {
    bundle.write(bytes);
  } catch (cause) {
    throw new NotPutAside(systemReason(cause), { cause });
  }
}

function secondsOf({ mtime }: Deno.FileInfo): number {
  return Math.min(Math.max(Math.floor((mtime?.getTime() ?? 0) / 1000), 0), MAX_SECONDS);
}
