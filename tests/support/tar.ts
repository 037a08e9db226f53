import { concat } from "./bytes.ts";

/** The fields of a tar header that tests put wrong values into. */
export interface HeaderFields {
  readonly name?: string | Uint8Array;
  readonly size?: number | string | Uint8Array;
  readonly type?: string;
  readonly linkName?: string;
  readonly magic?: string;
  readonly prefix?: string;
}

/** The end mark: two records of zeros. */
export const END: Uint8Array = new Uint8Array(1024);

/** One tar header with a right checksum. */
export function tarHeader(fields: HeaderFields): Uint8Array {
  const { name = "", size = 0, type = "0", linkName = "", magic = "ustar\x0000", prefix = "" } = fields;
  const header = new Uint8Array(512);
  const put = (at: number, value: string | Uint8Array) =>
    header.set(typeof value === "string" ? new TextEncoder().encode(value) : value, at);
  put(0, name);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, typeof size === "number" ? octal(size) : size);
  put(136, octal(1_770_301_822));
  put(156, type);
  put(157, linkName);
  put(257, magic);
  put(345, prefix);
  return withChecksum(header);
}

/** The same header with the checksum that it should have. */
export function withChecksum(header: Uint8Array): Uint8Array {
  const fixed = header.slice();
  fixed.fill(0x20, 148, 156);
  const sum = fixed.reduce((total, byte) => total + byte, 0);
  fixed.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return fixed;
}

/** A header, the body and the zeros that fill it up to whole records. */
export function tarMember(name: string, body: Uint8Array, fields: HeaderFields = {}): Uint8Array {
  return concat(tarHeader({ name, size: body.length, ...fields }), padded(body));
}

/** A PAX header of these records, each `<length> <key>=<value>\n`; a string is taken as the whole body. */
export function paxHeader(records: Readonly<Record<string, string>> | string | Uint8Array): Uint8Array {
  const text = typeof records === "string" || records instanceof Uint8Array
    ? records
    : Object.entries(records).map(([key, value]) => paxRecord(`${key}=${value}`)).join("");
  return tarMember("PaxHeader", typeof text === "string" ? new TextEncoder().encode(text) : text, { type: "x" });
}

/** One PAX record; its length counts its own digits. */
export function paxRecord(content: string): string {
  const rest = new TextEncoder().encode(` ${content}\n`).length;
  let length = rest + 1;
  while (length !== rest + String(length).length) length = rest + String(length).length;
  return `${length} ${content}\n`;
}

/** `bytes` and zeros up to a multiple of 512. */
export function padded(bytes: Uint8Array): Uint8Array {
  return concat(bytes, new Uint8Array((512 - bytes.length % 512) % 512));
}

/** A number of 12 bytes as GNU tar writes those that do not fit into octal digits. */
export function base256(value: bigint): Uint8Array {
  const bytes = new Uint8Array(12);
  const bits = BigInt.asUintN(96, value);
  for (let index = 0; index < 12; index++) bytes[index] = Number(bits >> BigInt(8 * (11 - index)) & 0xffn);
  bytes[0] = (bytes[0] ?? 0) | 0x80;
  return bytes;
}

function octal(value: number): string {
  return `${value.toString(8).padStart(11, "0")}\0`;
}
