import assert from "node:assert/strict";
import { TarReader } from "../../../src/archive/tar/tar_reader.ts";
import { refusal } from "../../support/archives.ts";
import { concat, prose } from "../../support/bytes.ts";
import { base256, END, type HeaderFields, tarHeader, tarMember, withChecksum } from "../../support/tar.ts";
import { readTar, refuses } from "../../support/tar_reading.ts";

const METADATA = new TextEncoder().encode('{"vpo_version":"0.2.0"}');
const DATABASE = prose(700);
const metadata = tarMember("backup_metadata.json", METADATA);
const database = tarMember("library.db", DATABASE);
const EMPTY = new Uint8Array();

/** A member that is right but for these fields of its header. */
function databaseWith(fields: HeaderFields): Uint8Array {
  return tarMember("library.db", DATABASE, fields);
}

/** A tar that would be right without this. */
function beforeMembers(...extra: readonly Uint8Array[]): Uint8Array {
  return concat(...extra, metadata, database, END);
}

const KINDS: readonly (readonly [string, string])[] = [
  ["1", "a hard link"],
  ["2", "a symbolic link"],
  ["3", "a character device"],
  ["4", "a block device"],
  ["5", "a directory"],
  ["6", "a FIFO"],
  ["7", "an entry of an unknown kind"],
  ["S", "a sparse file"],
  ["g", "a global PAX header"],
  ["L", "a GNU long name"],
  ["K", "a GNU long link name"],
  ["V", "an entry of an unknown kind"],
  ["M", "an entry of an unknown kind"],
  ["D", "an entry of an unknown kind"],
  ["N", "an entry of an unknown kind"],
  ["X", "an entry of an unknown kind"],
  ["A", "an entry of an unknown kind"],
  [" ", "an entry of an unknown kind"],
];
for (const [type, name] of KINDS) {
  refuses(
    `${name} of type "${type}", as a member and beside the members`,
    new RegExp(name),
    concat(metadata, databaseWith({ type }), END),
    concat(metadata, tarHeader({ name: "library.db", type }), END),
    beforeMembers(tarMember("other", DATABASE, { type })),
    concat(metadata, database, tarMember("other", EMPTY, { type }), END),
  );
}

Deno.test("TarReader: refuses every type of entry but the three that it knows", () => {
  for (let type = 0; type < 256; type++) {
    const character = String.fromCharCode(type);
    if (["0", "\0", "x"].includes(character)) continue;
    const header = tarHeader({ name: "library.db", size: DATABASE.length });
    header[156] = type;
    const tar = concat(metadata, withChecksum(header), database.subarray(512), END);
    assert.throws(() => readTar(tar), refusal(/it holds an? /), `type ${type}`);
  }
});

refuses("a link name or a prefix in a header", /a link or a path/, ...[
  concat(metadata, databaseWith({ linkName: "/etc/passwd" }), END),
  concat(metadata, databaseWith({ prefix: "../.." }), END),
]);

// deno-fmt-ignore
const OTHER_NAMES = [
  "other", "../library.db", "/library.db", "./library.db", "library.db/", "x/library.db", "LIBRARY.DB", "library.db ",
  " library.db", "library.db\n", "", "..", "library", "library.dbx", "backup_metadata.json.", "\\library.db",
];
refuses(
  "a member under any other name",
  /it holds a member/,
  ...OTHER_NAMES.map((name) => concat(metadata, tarMember(name, DATABASE), END)),
  ...OTHER_NAMES.map((name) => beforeMembers(tarMember(name, DATABASE))),
);
refuses(
  "a name that is the right one after a byte order mark only",
  /it holds a member/,
  concat(metadata, tarMember("\uFEFFlibrary.db", DATABASE), END),
);
refuses(
  "a name that is not UTF-8",
  /it holds a member/,
  concat(metadata, tarHeader({ name: Uint8Array.of(0xff, ...new TextEncoder().encode("library.db")) }), END),
);
refuses("a third member", /it holds a member/, concat(metadata, database, tarMember("README", DATABASE), END));
refuses("the database twice", /library\.db twice/, concat(metadata, database, database, END));
refuses("the metadata twice", /backup_metadata\.json twice/, concat(metadata, metadata, database, END));
refuses("a tar without the database", /it has no library\.db/, concat(metadata, END));
refuses("a tar without the metadata", /it has no backup_metadata\.json/, concat(database, END));
refuses("a tar without members", /it has no backup_metadata\.json/, END);
refuses("an empty database", /library\.db is empty/, concat(metadata, tarHeader({ name: "library.db" }), END));
refuses(
  "empty metadata",
  /backup_metadata\.json is empty/,
  concat(tarHeader({ name: "backup_metadata.json" }), database, END),
);
refuses(
  "metadata of more than 64 KiB before it makes room for them",
  /larger than 65536 bytes/,
  concat(database, tarMember("backup_metadata.json", new Uint8Array(65537).fill(0x20)), END),
  tarHeader({ name: "backup_metadata.json", size: 2 ** 32 }),
  tarHeader({ name: "backup_metadata.json", size: base256(2n ** 52n) }),
);

Deno.test("TarReader: refuses a header with any bit wrong", () => {
  const header = tarHeader({ name: "library.db", size: DATABASE.length });
  for (let bit = 0; bit < header.length * 8; bit++) {
    // A checksum is the same number with spaces for its leading zeros, and with zeros or spaces after its digits.
    const isSameNumber = [148, 154, 155].includes(bit >> 3) && (bit & 7) >= 4;
    if (isSameNumber) continue;
    const flipped = header.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ 1 << (bit & 7);
    const reader = new TarReader({ metadata() {}, database() {}, data() {} });
    assert.throws(() => reader.push(flipped), refusal(), `bit ${bit & 7} of byte ${bit >> 3}`);
  }
});

refuses(
  "a header in another format than POSIX's and GNU's",
  /unknown tar format/,
  ...["", "ustar\0", "ustar\x0001", "ustar \0", "ustar   ", "USTAR\x0000", "tar\0"].map((magic) =>
    concat(metadata, databaseWith({ magic }), END)
  ),
);
refuses(
  "a size that is negative, overflows or is no number",
  /impossible number/,
  ...[
    base256(-1n),
    base256(-700n),
    base256(2n ** 53n),
    base256(2n ** 63n),
    base256(2n ** 64n + 700n),
    base256(2n ** 94n),
  ]
    .map((size) => concat(metadata, databaseWith({ size }), END)),
  ...[
    "-1\0",
    "-0000001274\0",
    "",
    " ",
    "12x\0",
    "x12\0",
    "8\0",
    "0x2bc\0",
    "1 2\0",
    "12\x0034",
    "1.5\0",
    "+1274\0",
    "\t12\0",
  ]
    .map((size) => concat(metadata, databaseWith({ size: size.padEnd(12, "\0") }), END)),
);
refuses(
  "a size that is not the member's, so that no header stands where the next one should",
  /checksum|number|between its members/,
  ...[DATABASE.length - 600, DATABASE.length - 1].map((size) => concat(databaseWith({ size }), metadata, END)),
);

refuses(
  "data between the members",
  /data between its members/,
  ...[0, 100, 323].map((at) => {
    const dirty = database.slice();
    dirty[512 + 700 + at] = 1;
    return concat(metadata, dirty, END);
  }),
);
refuses(
  "data after the end mark",
  /goes on after its end mark/,
  concat(beforeMembers(), Uint8Array.of(1)),
  concat(beforeMembers(), new Uint8Array(5000), Uint8Array.of(1)),
  concat(beforeMembers(), database),
);
refuses(
  "a member after a lone zero record",
  /goes on after its end mark/,
  concat(metadata, new Uint8Array(512), database, END),
  concat(new Uint8Array(512), metadata, database, END),
  concat(metadata, database, new Uint8Array(512), database),
);
refuses(
  "a lone zero record at the end",
  /ends early/,
  concat(metadata, database, new Uint8Array(512)),
  concat(metadata, database, new Uint8Array(1023)),
);

Deno.test("TarReader: refuses a stream that ends early, wherever it does", () => {
  for (const tar of [concat(metadata, database, END), concat(database, metadata, END)]) {
    for (let length = 0; length < tar.length; length += length % 512 < 510 && length % 512 > 1 ? 17 : 1) {
      assert.throws(() => readTar(tar.subarray(0, length)), refusal(/ends early/), `${length} bytes`);
    }
  }
});

Deno.test("TarReader: does not announce a database that it refuses", () => {
  const sink = {
    metadata() {},
    database: () => assert.fail("announced"),
    data: () => assert.fail("handed on"),
  };
  for (const fields of [{ type: "2" }, { size: 0 }, { linkName: "x" }, { size: base256(-1n) }]) {
    assert.throws(() => new TarReader(sink).push(databaseWith(fields)), refusal());
  }
});
