import { gzipSync } from "node:zlib";
import { packBlock } from "../../../src/archive/block.ts";
import { MAX_METADATA_BYTES } from "../../../src/store/metadata.ts";
import { concat } from "../../support/bytes.ts";
import { END, tarMember } from "../../support/tar.ts";
import { blockContents, FACTS, rightMetadata } from "./blocks.ts";
import { hostile, type HostileArchive, type Outcome, type Sound } from "./hostile.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Archives whose metadata are not what they should be; the library in them is sound. */
export async function hostileMetadata(sound: Sound): Promise<HostileArchive[]> {
  const own = rightMetadata(sound.database, FACTS);
  const theirs = [
    ...wrongTexts(sound.metadata),
    ...wrongFields(sound.metadata),
    ...wrongFacts(sound.metadata, "restored"),
  ];
  const hash: Case = [
    "with the hash of something else",
    "refused",
    JSON.stringify({ ...own, database_sha256: "0".repeat(64) }),
  ];
  const ours = [...wrongFields(own), ...wrongFacts(own, "refused"), hash];
  return [
    ...theirs.map(([what, outcome, text]) =>
      hostile(`metadata ${what}`, outcome, () => inVposForm(text, sound.database))
    ),
    ...await Promise.all(ours.map(async ([what, outcome, text]) => {
      const archive = await inOurForm(text, sound.database);
      return hostile(`metadata of ours ${what}`, outcome, () => archive);
    })),
    hostile("metadata of ours in VPO's form", "refused", () => inVposForm(JSON.stringify(own), sound.database)),
  ];
}

type Case = readonly [what: string, outcome: Outcome, text: string | Uint8Array];

/** What is not the JSON of an object. */
function wrongTexts(right: Fields): Case[] {
  const text = JSON.stringify(right);
  const encoder = new TextEncoder();
  const filler = (bytes: number) => text + " ".repeat(bytes - text.length);
  return [
    ["as they should be", "restored", text],
    ["of 64 KiB", "restored", filler(MAX_METADATA_BYTES)],
    ["of 64 KiB and a byte", "refused", filler(MAX_METADATA_BYTES + 1)],
    ["of 1 MiB", "refused", filler(2 ** 20)],
    ["cut short", "refused", text.slice(0, -1)],
    ["twice", "refused", text + text],
    ["and a NUL", "refused", `${text}\0`],
    ["with a comment", "refused", `// ${text}\n${text}`],
    ["with a comma too many", "refused", text.replace(/}$/, ",}")],
    ["in single quotes", "refused", text.replaceAll('"', "'")],
    ["that are not JSON", "refused", "vpo_version: 0.2.0"],
    ["that are a list", "refused", `[${text}]`],
    ["that are null", "refused", "null"],
    ["that are a number", "refused", "27"],
    ["that are a text", "refused", JSON.stringify(text)],
    ["that are an empty object", "refused", "{}"],
    ["that are spaces", "refused", " ".repeat(100)],
    ["that are NULs", "refused", "\0".repeat(100)],
    ["with NaN", "refused", text.replace('"file_count":3', '"file_count":NaN')],
    ["with Infinity", "refused", text.replace('"file_count":3', '"file_count":Infinity')],
    ["with 1e999", "refused", text.replace('"file_count":3', '"file_count":1e999')],
    ["with a number of 60,000 digits", "refused", text.replace('"file_count":3', `"file_count":${"9".repeat(60_000)}`)],
    // Python's json refuses a byte order mark; Deno's decoder passes over it.
    ["after a byte order mark", "either", `\uFEFF${text}`],
    ["in UTF-16", "refused", Uint8Array.from([...text].flatMap((character) => [character.charCodeAt(0), 0]))],
    [
      "that are not UTF-8",
      "refused",
      concat(encoder.encode(text.slice(0, -1)), Uint8Array.of(0xff), encoder.encode("}")),
    ],
    [
      "with a bad byte in a text",
      "refused",
      concat(encoder.encode('{"x":"'), Uint8Array.of(0xc0, 0x80), encoder.encode(`",${text.slice(1)}`)),
    ],
    ["that nest 30,000 deep", "refused", "[".repeat(30_000) + "]".repeat(30_000)],
    [
      "with a field that nests 30,000 deep",
      "restored",
      text.replace(/}$/, `,"x":${"[".repeat(30_000)}${"]".repeat(30_000)}}`),
    ],
    [
      "with objects that nest 10,000 deep",
      "restored",
      text.replace(/}$/, `,"x":${'{"x":'.repeat(10_000)}1${"}".repeat(10_000)}}`),
    ],
    [
      "with 5,000 fields more",
      "restored",
      text.replace(/}$/, `${Array.from({ length: 5000 }, (_, n) => `,"${n}":0`).join("")}}`),
    ],
    ["with __proto__", "restored", text.replace(/}$/, ',"__proto__":{"tool":"x"}}')],
    ["with constructor", "restored", text.replace(/}$/, ',"constructor":{"prototype":{"tool":"x"}}}')],
    ["in which __proto__ has the fields", "refused", `{"__proto__":${text}}`],
    ["with a field twice", "either", text.replace(/^{/, '{"schema_version":1,')],
    ["with a field twice, the last time as a text", "refused", text.replace(/}$/, ',"schema_version":"27"}')],
  ];
}

/** Fields of a wrong type, missing or unknown ones, and values that are printed. */
function wrongFields(right: Fields): Case[] {
  const made = (fields: Fields) => JSON.stringify({ ...right, ...fields });
  const required = [
    "vpo_version",
    "schema_version",
    "created_at",
    "database_size_bytes",
    "file_count",
    "total_library_size_bytes",
  ];
  const numbers = ["schema_version", "database_size_bytes", "file_count", "total_library_size_bytes"];
  const wrongNumbers = [null, "27", "", true, [], [27], {}, -1, 0.5, 2 ** 53, 2 ** 60, 1e300];
  const wrongTimes = [
    "",
    "now",
    "2026-02-30",
    "2026-13-05T14:30:22Z",
    "2026-02-05T14:30:22+02:00",
    "2026-02-05 14:30:22",
    "2026-02-05T25:30:22Z",
    1_770_301_822,
    null,
    "9".repeat(5000),
  ];
  const controls = "0.2.0\u001b[31m\u0007\u0000\u009b2J\u009d0;x\u009c\u007f\r\n\u2028\u202e";
  return [
    ...required.map((name): Case => [`without ${name}`, "refused", made({ [name]: undefined })]),
    ...numbers.flatMap((name) =>
      wrongNumbers.map((value): Case => [`with ${name} = ${JSON.stringify(value)}`, "refused", made({ [name]: value })])
    ),
    ...wrongTimes.map((
      value,
    ): Case => [`with created_at = ${JSON.stringify(value).slice(0, 40)}`, "refused", made({ created_at: value })]),
    ["with a time with a fraction", "restored", made({ created_at: "2026-02-05T14:30:22.123456Z" })],
    ["with a time with an offset of zero", "restored", made({ created_at: "2026-02-05T14:30:22+00:00" })],
    ...[null, 2, ["0.2.0"], { x: 1 }].map((
      value,
    ): Case => [`with vpo_version = ${JSON.stringify(value).slice(0, 40)}`, "refused", made({ vpo_version: value })]),
    ["with a version of 60,000 characters", "either", made({ vpo_version: "x".repeat(60_000) })],
    ["with a version of control characters", "restored", made({ vpo_version: controls })],
    ["with a version of lone surrogates", "restored", made({ vpo_version: "\ud800\udc00\udfff" })],
    ...["zstd", "", "GZIP", null, 1, ["gzip"]].map((
      value,
    ): Case => [`with compression = ${JSON.stringify(value)}`, "refused", made({ compression: value })]),
    ["without compression", "restored", made({ compression: undefined })],
    ...["", "x", 5, null, "0".repeat(63), "A".repeat(64), "0".repeat(65)].map((
      value,
    ): Case => [
      `with database_sha256 = ${JSON.stringify(value).slice(0, 12)}`,
      "refused",
      made({ database_sha256: value }),
    ]),
    ...[-1, "4096", 0.5].map((
      value,
    ): Case => [`with page_size = ${JSON.stringify(value)}`, "refused", made({ page_size: value })]),
    ...[1, null].map((
      value,
    ): Case => [`with tool = ${JSON.stringify(value).slice(0, 12)}`, "refused", made({ tool: value })]),
  ];
}

/** Facts that are not so: archives of ours are held to them, VPO's speak of the live library at about that time. */
function wrongFacts(right: Fields, outcome: Outcome): Case[] {
  const made = (fields: Fields) => JSON.stringify({ ...right, ...fields });
  const size = Number(right["database_size_bytes"]);
  return [
    ...[0, 26, 28, Number.MAX_SAFE_INTEGER].map((
      value,
    ): Case => [`of schema ${value}`, outcome, made({ schema_version: value })]),
    ...[0, size - 512, size + 512, 2 ** 31 + size, 2 ** 32 + size, 2 ** 40].map((
      value,
    ): Case => [`with a size of ${value} bytes`, outcome, made({ database_size_bytes: value })]),
    ...[0, 2, 4, 2 ** 32 + 3].map((value): Case => [`with ${value} files`, outcome, made({ file_count: value })]),
  ];
}

function inVposForm(text: string | Uint8Array, database: Uint8Array): Uint8Array {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  return gzipSync(concat(tarMember("library.db", database), tarMember("backup_metadata.json", bytes), END));
}

async function inOurForm(text: string | Uint8Array, database: Uint8Array): Promise<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  const contents = await blockContents(bytes, database);
  return concat(...contents.map((content) => packBlock(content, 1)));
}
