import { readFile } from "../store/open_file.ts";

export { NotRegular } from "../store/open_file.ts";

/** What lies here is nothing, and may be named to say so. */
const NOTHING = "/dev/null";

/**
 * Reads a text that a person has written and named.
 *
 * @param maxBytes the longest that is read
 * @throws {NotRegular} where it is a pipe, a device, a directory; nothing is read from one
 * @throws {RangeError} where it is longer
 * @throws {TypeError} where it is not UTF-8
 */
export function readTextFile(path: string, maxBytes: number): string {
  if (Deno.statSync(path).isCharDevice && Deno.realPathSync(path) === NOTHING) return "";
  return new TextDecoder("utf-8", { fatal: true }).decode(readFile(path, maxBytes));
}
