import { concat } from "./bytes.ts";
import { type Bodies, of, type RefusedTars } from "./refused_tars.ts";
import { base256, END, type HeaderFields, tarHeader, tarMember } from "./tar.ts";

const EMPTY = new Uint8Array();

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

// deno-fmt-ignore
const OTHER_NAMES = [
  "other", "../library.db", "/library.db", "./library.db", "library.db/", "x/library.db", "LIBRARY.DB", "library.db ",
  " library.db", "library.db\n", "", ".", "..", "library", "library.dbx", "backup_metadata.json.", "\\library.db",
  "..\\library.db", "C:\\library.db", "../../escaped", "backups/../../library.db", "library.db-wal",
  "library.db-journal", "library.db-shm", "lock", "\u202Ebd.yrarbil", "\0library.db",
];

/** Tar streams whose members have names, kinds and numbers that they should not have. */
export function refusedMembers(bodies: Bodies): RefusedTars[] {
  const metadata = tarMember("backup_metadata.json", bodies.metadata);
  const database = tarMember("library.db", bodies.database);
  const databaseWith = (fields: HeaderFields) => tarMember("library.db", bodies.database, fields);
  const beforeMembers = (...extra: readonly Uint8Array[]) => concat(...extra, metadata, database, END);
  return [
    ...KINDS.map(([type, name]) =>
      of(
        `${name} of type "${type}", as a member and beside the members`,
        new RegExp(name),
        concat(metadata, databaseWith({ type }), END),
        concat(metadata, tarHeader({ name: "library.db", type }), END),
        concat(tarHeader({ name: "library.db", type }), metadata, database, END),
        beforeMembers(tarMember("other", bodies.database, { type })),
        concat(metadata, database, tarMember("other", EMPTY, { type }), END),
      )
    ),
    of("a link name or a prefix in a header", /a link or a path/, ...[
      concat(metadata, databaseWith({ linkName: "/etc/passwd" }), END),
      concat(metadata, databaseWith({ prefix: "../.." }), END),
    ]),
    of(
      "a member under any other name",
      /it holds a member/,
      ...OTHER_NAMES.flatMap((name) => {
        const other = tarMember(name, bodies.database);
        return [
          concat(metadata, other, END),
          beforeMembers(other),
          concat(metadata, other, database, END),
          concat(metadata, database, other, END),
        ];
      }),
    ),
    of(
      "a name that is the right one after a byte order mark only",
      /it holds a member/,
      concat(metadata, tarMember("\uFEFFlibrary.db", bodies.database), END),
    ),
    of(
      "a name that is not UTF-8",
      /it holds a member/,
      concat(metadata, tarHeader({ name: Uint8Array.of(0xff, ...new TextEncoder().encode("library.db")) }), END),
    ),
    of("a third member", /it holds a member/, concat(metadata, database, tarMember("README", bodies.database), END)),
    of("the database twice", /library\.db twice/, concat(metadata, database, database, END)),
    of("the metadata twice", /backup_metadata\.json twice/, concat(metadata, metadata, database, END)),
    of("a tar without the database", /it has no library\.db/, concat(metadata, END)),
    of("a tar without the metadata", /it has no backup_metadata\.json/, concat(database, END)),
    of("a tar without members", /it has no backup_metadata\.json/, END),
    of("an empty database", /library\.db is empty/, concat(metadata, tarHeader({ name: "library.db" }), END)),
    of(
      "empty metadata",
      /backup_metadata\.json is empty/,
      concat(tarHeader({ name: "backup_metadata.json" }), database, END),
    ),
    of(
      "metadata of more than 64 KiB before it makes room for them",
      /larger than 65536 bytes/,
      concat(database, tarMember("backup_metadata.json", new Uint8Array(65537).fill(0x20)), END),
      tarHeader({ name: "backup_metadata.json", size: 2 ** 32 }),
      tarHeader({ name: "backup_metadata.json", size: base256(2n ** 52n) }),
    ),
    of(
      "a header in another format than POSIX's and GNU's",
      /unknown tar format/,
      ...["", "ustar\0", "ustar\x0001", "ustar \0", "ustar   ", "USTAR\x0000", "tar\0"].map((magic) =>
        concat(metadata, databaseWith({ magic }), END)
      ),
    ),
    of(
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
    ),
    of(
      "a size that is not the member's, so that no header stands where the next one should",
      /checksum|number|between its members/,
      ...[bodies.database.length - 600, bodies.database.length - 1].map((size) =>
        concat(databaseWith({ size }), metadata, END)
      ),
    ),
    of(
      "data between the members",
      /data between its members/,
      ...paddingOf(database, bodies.database).map((at) => concat(metadata, database.with(at, 1), END)),
    ),
    of(
      "data after the end mark",
      /goes on after its end mark/,
      concat(beforeMembers(), Uint8Array.of(1)),
      concat(beforeMembers(), new Uint8Array(5000), Uint8Array.of(1)),
      concat(beforeMembers(), database),
      concat(beforeMembers(), beforeMembers()),
      concat(END, beforeMembers()),
      concat(metadata, END, database, END),
    ),
    of(
      "a member after a lone zero record",
      /goes on after its end mark/,
      concat(metadata, new Uint8Array(512), database, END),
      concat(new Uint8Array(512), metadata, database, END),
      concat(metadata, database, new Uint8Array(512), database),
    ),
    of(
      "a lone zero record at the end",
      /ends early/,
      concat(metadata, database, new Uint8Array(512)),
      concat(metadata, database, new Uint8Array(1023)),
    ),
  ];
}

/** Where the zeros are that fill a member up to a whole record. */
function paddingOf(member: Uint8Array, body: Uint8Array): number[] {
  const first = 512 + body.length;
  return first === member.length ? [] : [first, (first + member.length) >> 1, member.length - 1];
}
