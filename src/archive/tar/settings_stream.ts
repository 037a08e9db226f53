import type { SettingsBundle } from "../../store/settings/settings_index.ts";
import type { SettingsSummary } from "../../store/metadata.ts";
import { BLOCK_CONTENT_BYTES } from "../block.ts";
import { settingsHeader, settingsMemberBytes, TAR_RECORD_BYTES } from "./tar_frame.ts";

/** What the metadata say of settings. */
export function summarize({ entries, totalBytes }: SettingsBundle): SettingsSummary {
  const stream = entries.reduce((sum, entry) => sum + settingsMemberBytes(entry), 0);
  return { count: entries.length, total_bytes: totalBytes, blocks: Math.ceil(stream / BLOCK_CONTENT_BYTES) };
}

/** Settings as members of a tar stream, piece by piece; memory does not depend on their size. */
export class SettingsStream {
  readonly #pieces: AsyncGenerator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(settings: SettingsBundle) {
    this.#pieces = piecesOf(settings);
  }

  /** Fills `buffer` with what comes next and returns how many bytes there were before the end. */
  async fill(buffer: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < buffer.length) {
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) break;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, buffer.length - filled);
      buffer.set(part, filled);
      filled += part.length;
      this.#rest = this.#rest.subarray(part.length);
    }
    return filled;
  }
}

async function* piecesOf(settings: SettingsBundle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(BLOCK_CONTENT_BYTES);
  for (const entry of settings.entries) {
    yield await settingsHeader(entry);
    for (let at = 0; at < entry.size; at += buffer.length) {
      const piece = buffer.subarray(0, Math.min(buffer.length, entry.size - at));
      settings.fill(entry.offset + at, piece);
      yield piece;
    }
    yield new Uint8Array((TAR_RECORD_BYTES - entry.size % TAR_RECORD_BYTES) % TAR_RECORD_BYTES);
  }
}
