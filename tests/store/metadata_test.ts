import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isOwnMetadata,
  isSameMetadata,
  MAX_METADATA_BYTES,
  type Metadata,
  parseMetadata,
  serializeMetadata,
} from "../../src/store/metadata.ts";
import { refusal } from "../support/archives.ts";

/** As VPO writes them. */
const THEIRS = {
  vpo_version: "0.2.0",
  schema_version: 27,
  created_at: "2026-02-05T14:30:22Z",
  database_size_bytes: 794_624,
  file_count: 400,
  total_library_size_bytes: 11_954_045_737_817,
  compression: "gzip",
} as const;

const OWN = {
  ...THEIRS,
  vpo_version: "vpo-backup 0.1.0",
  database_sha256: "907a13e8dd86e5a9a4a5f7ca72b9b6ffc534e083b25028efc4d230f593b310fd",
  page_size: 4096,
  page_count: 194,
  compression_level: 6,
  tool: "vpo-backup 0.1.0",
} as const;

const COUNTS = ["schema_version", "database_size_bytes", "file_count", "total_library_size_bytes"] as const;
const OPTIONAL_COUNTS = ["page_size", "page_count", "compression_level"] as const;

function parse(value: unknown): Metadata {
  return parseText(JSON.stringify(value));
}

function parseText(text: string): Metadata {
  return parseMetadata(new TextEncoder().encode(text));
}

function refuses(field: string, ...values: readonly unknown[]): void {
  for (const value of values) {
    assert.throws(() => parse({ ...OWN, [field]: value }), refusal(new RegExp(`"${field}"`)), JSON.stringify(value));
  }
}

Deno.test("parseMetadata: takes VPO's fields and this program's", () => {
  assert.deepEqual(parse(THEIRS), THEIRS);
  assert.deepEqual(parse(OWN), OWN);
});

Deno.test("parseMetadata: takes what VPO wrote with indents, in any order and with a byte order mark", () => {
  const reversed = Object.fromEntries(Object.entries(THEIRS).reverse());
  assert.deepEqual(parseText(JSON.stringify(reversed, null, 2)), THEIRS);
  assert.deepEqual(parseText(`\uFEFF${JSON.stringify(THEIRS)}`), THEIRS);
});

Deno.test("parseMetadata: reads gzip where the compression is not named", () => {
  const { compression: _, ...rest } = THEIRS;
  assert.deepEqual(parse(rest), THEIRS);
});

Deno.test("parseMetadata: drops fields that it does not know", () => {
  const text = JSON.stringify({ ...THEIRS, colour: "blue", nested: { deep: [1] } });
  assert.deepEqual(parseText(text), THEIRS);
  const prototype = parseText(text.replace("{", '{"__proto__":{"polluted":true},'));
  assert.deepEqual(Object.keys(prototype).sort(), Object.keys(THEIRS).sort());
  assert.equal("polluted" in prototype, false);
});

for (const field of Object.keys(THEIRS).filter((name) => name !== "compression")) {
  Deno.test(`parseMetadata: refuses metadata without ${field}`, () => {
    const rest: Record<string, unknown> = { ...OWN };
    delete rest[field];
    assert.throws(() => parse(rest), refusal(new RegExp(`"${field}"`)));
  });
}

for (const field of [...COUNTS, ...OPTIONAL_COUNTS]) {
  Deno.test(`parseMetadata: refuses a ${field} that is not a count`, () => {
    refuses(field, -1, 0.5, 2 ** 53, 2 ** 60, -(2 ** 60), 1e300, "27", "", null, true, [], [27], {});
    assert.throws(() => parseText(JSON.stringify(OWN).replace(/("\w+":)\d+/g, "$11e999")), refusal(/"schema_version"/));
  });

  Deno.test(`parseMetadata: takes a ${field} of 0 and of 2^53 - 1`, () => {
    for (const value of [0, 1, Number.MAX_SAFE_INTEGER]) {
      assert.equal(parse({ ...OWN, [field]: value })[field], value);
    }
  });
}

Deno.test("parseMetadata: refuses strings that are none or too long", () => {
  for (const field of ["vpo_version", "tool"]) refuses(field, null, 1, true, [], ["x"], {}, "x".repeat(201));
  assert.equal(parse({ ...OWN, vpo_version: "x".repeat(200) }).vpo_version.length, 200);
});

Deno.test("parseMetadata: takes a lineage of any form, which other versions may give it", () => {
  for (const lineage of ["", "0123456789abc", "3:0123456789abc", "4:xyz"]) {
    assert.equal(parse({ ...OWN, lineage }).lineage, lineage);
  }
  refuses("lineage", null, 1, [], "x".repeat(4097));
});

Deno.test("parseMetadata: refuses a created_at that is not a time in UTC", () => {
  refuses(
    "created_at",
    null,
    1_770_301_822,
    "",
    "yesterday",
    "2026-02-05",
    "2026-02-05T14:30:22",
    "2026-02-05 14:30:22Z",
    "2026-02-05T14:30Z",
    "2026-02-05T14:30:22+02:00",
    "2026-02-05T14:30:22-00:00",
    "2026-02-05T14:30:22z",
    "2026-13-05T14:30:22Z",
    "2026-02-32T14:30:22Z",
    "2026-02-05T25:30:22Z",
    "2026-02-05T14:61:22Z",
    "+002026-02-05T14:30:22Z",
    "2026-02-05T14:30:22.Z",
    "2026-02-05T14:30:22.1234567890Z",
    "2026-02-05T14:30:22Z\n",
    " 2026-02-05T14:30:22Z",
  );
});

Deno.test("parseMetadata: takes times with fractions of a second and with +00:00", () => {
  for (const time of ["2026-02-05T14:30:22.5Z", "2026-02-05T14:30:22.123456Z", "2026-02-05T14:30:22.123456+00:00"]) {
    assert.equal(parse({ ...THEIRS, created_at: time }).created_at, time);
  }
});

Deno.test("parseMetadata: refuses other compressions than gzip", () => {
  refuses("compression", null, "", "GZIP", "zstd", "none", 1, []);
});

Deno.test("parseMetadata: refuses a database_sha256 that is not 64 lower-case hex digits", () => {
  const { database_sha256: hash } = OWN;
  refuses(
    "database_sha256",
    null,
    "",
    1,
    hash.toUpperCase(),
    hash.slice(1),
    `${hash}0`,
    `${hash}\n`,
    "g".repeat(64),
    [],
  );
});

Deno.test("parseMetadata: refuses what is not a JSON object", () => {
  for (const value of [null, true, false, 0, 27, "text", JSON.stringify(THEIRS)]) {
    assert.throws(() => parse(value), refusal(/not a JSON object/), JSON.stringify(value));
  }
  for (const value of [[], [THEIRS], {}]) assert.throws(() => parse(value), refusal(), JSON.stringify(value));
});

Deno.test("parseMetadata: refuses what is not JSON", () => {
  const good = JSON.stringify(THEIRS);
  const nan = good.replace("27", "NaN");
  const infinite = good.replace("27", "Infinity");
  for (
    const text of ["", " ", "{", good.slice(0, -1), `${good}x`, good + good, nan, infinite, good.replaceAll('"', "'")]
  ) {
    assert.throws(() => parseText(text), refusal(/not JSON/), text);
  }
  assert.throws(() => parseText("[".repeat(MAX_METADATA_BYTES)), refusal());
  assert.throws(() => parseText("[".repeat(30_000) + "]".repeat(30_000)), refusal());
  assert.throws(() => parseText('{"a":'.repeat(13_000)), refusal());
});

Deno.test("parseMetadata: refuses what is not UTF-8", () => {
  const good = new TextEncoder().encode(JSON.stringify({ ...THEIRS, vpo_version: "é" }));
  const at = good.indexOf(0xc3);
  for (const byte of [0xff, 0xc0, 0xed]) {
    assert.throws(() => parseMetadata(good.with(at, byte)), refusal(/not UTF-8/), byte.toString(16));
  }
  const utf16 = new Uint8Array(Uint16Array.from(JSON.stringify(THEIRS), (character) => character.charCodeAt(0)).buffer);
  assert.throws(() => parseMetadata(utf16), refusal());
  assert.throws(() => parseMetadata(Uint8Array.of(0xff, 0xfe, ...utf16)), refusal(/not UTF-8/));
});

Deno.test("parseMetadata: gives metadata or refuses, whatever the bytes", () => {
  const field = fc.constantFrom(...Object.keys(OWN));
  fc.assert(fc.property(field, fc.jsonValue(), (name, value) => {
    try {
      const metadata = parse({ ...OWN, [name]: value });
      assert(COUNTS.every((count) => Number.isSafeInteger(metadata[count]) && metadata[count] >= 0));
    } catch (error) {
      refusal()(error);
    }
  }));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    assert.throws(() => parseMetadata(bytes), refusal());
  }));
});

Deno.test("serializeMetadata: writes what parseMetadata reads, well below its limit", () => {
  for (const metadata of [THEIRS, OWN]) {
    const bytes = serializeMetadata(metadata);
    assert.deepEqual(parseMetadata(bytes), metadata);
    assert(bytes.length < MAX_METADATA_BYTES);
    assert.equal(bytes.at(-1), "\n".charCodeAt(0));
  }
});

Deno.test("serializeMetadata: has a length that does not depend on the digits of the hash", () => {
  const lengths = ["0", "f"].map((digit) => serializeMetadata({ ...OWN, database_sha256: digit.repeat(64) }).length);
  assert.equal(lengths[0], lengths[1]);
});

Deno.test("isOwnMetadata: tells this program's archives from VPO's", () => {
  assert.equal(isOwnMetadata(parse(OWN)), true);
  assert.equal(isOwnMetadata(parse(THEIRS)), false);
  assert.equal(isOwnMetadata(parse({ ...THEIRS, tool: "vpo-backup 0.1.0" })), true);
  assert.equal(isOwnMetadata(parse({ ...THEIRS, database_sha256: OWN.database_sha256 })), true);
  assert.equal(isOwnMetadata(parse({ ...THEIRS, page_size: 4096 })), false);
});

Deno.test("isSameMetadata: looks at every field of both, in whatever order", () => {
  const metadata = parse(THEIRS);
  assert(isSameMetadata(metadata, Object.fromEntries(Object.entries(metadata).reverse()) as Metadata));
  assert(!isSameMetadata(metadata, { ...metadata, file_count: metadata.file_count + 1 }));
  assert(!isSameMetadata(metadata, { ...metadata, page_size: 4096 }));
  assert(!isSameMetadata({ ...metadata, page_size: 4096 }, metadata));
});

Deno.test("parseMetadata: takes a summary of settings, which make an archive this program's, and refuses what is none", () => {
  const settings = { count: 10_000, total_bytes: 64 * 1024 * 1024, blocks: 1 };
  const parsed = parse({ ...THEIRS, settings: { ...settings, added: 1 } });
  assert.deepEqual(parsed, { ...THEIRS, settings });
  assert(isOwnMetadata(parsed));
  assert(isSameMetadata(parsed, parse({ ...THEIRS, settings })));
  assert(!isSameMetadata(parsed, parse({ ...THEIRS, settings: { ...settings, count: 1 } })));
  assert(!isSameMetadata(parsed, parse(THEIRS)));
  refuses("settings", null, 1, "1");
  const wrong = { count: [10_001, -1, "1"], total_bytes: [64 * 1024 * 1024 + 1], blocks: [1.5] };
  for (const [field, values] of Object.entries(wrong)) {
    for (const value of values) {
      const broken = { ...THEIRS, settings: { ...settings, [field]: value } };
      assert.throws(() => parse(broken), refusal(new RegExp(`"settings\\.${field}"`)));
    }
  }
});
