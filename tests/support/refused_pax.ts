import { concat } from "./bytes.ts";
import { type Bodies, of, type RefusedTars } from "./refused_tars.ts";
import { base256, END, paxHeader, paxRecord, tarHeader, tarMember } from "./tar.ts";

/** Tar streams with PAX headers that a reader would have to obey, or cannot read. */
export function refusedPax(bodies: Bodies): RefusedTars[] {
  const metadata = tarMember("backup_metadata.json", bodies.metadata);
  const database = tarMember("library.db", bodies.database);
  const beforeMembers = (...extra: readonly Uint8Array[]) => concat(...extra, metadata, database, END);
  return [
    of(
      "PAX records that change what a member is",
      /it has a PAX record/,
      ...[
        { path: "library.db" },
        { linkpath: "/etc/passwd" },
        { "GNU.sparse.major": "1", "GNU.sparse.minor": "0" },
        { "GNU.sparse.name": "library.db" },
        { "GNU.sparse.realsize": "1" },
        { "GNU.sparse.size": "1" },
        { hdrcharset: "BINARY", path: "library.db" },
        { charset: "x" },
        { comment: "x" },
        { "SCHILY.xattr.user.x": "x" },
        { "SCHILY.xattr.security.capability": "x" },
        { SIZE: "1" },
        { " size": "1" },
        { "size ": "1" },
        { constructor: "1" },
        { mtime: "1", path: "library.db" },
      ].map((records) => beforeMembers(paxHeader(records))),
    ),
    of(
      "a PAX record whose key is a known one after a byte order mark only: other readers do not know that key",
      /PAX/,
      beforeMembers(paxHeader({ "\uFEFFmtime": "1" })),
      concat(
        metadata,
        paxHeader({ "\uFEFFsize": "700" }),
        tarMember("library.db", bodies.database, { size: 512 }),
        END,
      ),
      beforeMembers(paxHeader("\uFEFF14 mtime=1234\n")),
    ),
    of(
      "PAX records that are malformed",
      /broken PAX header/,
      ...[
        "mtime=1\n",
        " mtime=1\n",
        "x mtime=1\n",
        "0 mtime=1\n",
        "-1 mtime=1\n",
        "011 mtime=1\n",
        "+11 mtime=1\n",
        "1e1 mtime=1\n",
        "1 mtime=1\n",
        "2 mtime=1\n",
        "10 mtime=1\n",
        "12 mtime=1\n",
        "99999 mtime=1\n",
        "9999999 mtime=1\n",
        "11 mtime=1 ",
        "11  mtime=1",
        "11 mtime 1\n",
        "4 =\n",
        paxRecord("=1"),
        paxRecord("mtime"),
        `${paxRecord("mtime=1")}x`,
        `${paxRecord("mtime=1")}\0`,
        `${paxRecord("mtime=1")}5 a=\n`.slice(0, -1),
        "\0\0\0\0",
        `${2 ** 53} mtime=1\n`,
        `${"1".repeat(60_000)} mtime=1\n`,
        new Uint8Array(100).fill(0xff),
      ].map((body) => beforeMembers(paxHeader(body))),
    ),
    of(
      "a PAX size that is no size",
      /impossible size/,
      ...["", "-1", "+1", "1.5", "0x10", "1e3", " 1", "1 ", "9".repeat(16), "9".repeat(40), "NaN", "\u0663"]
        .map((size) => beforeMembers(paxHeader({ size }))),
    ),
    of("a PAX size of zero", /is empty/, beforeMembers(paxHeader({ size: "0" }))),
    of("a PAX header of no bytes", /unlikely size/, beforeMembers(tarHeader({ name: "x", type: "x" }))),
    of(
      "a PAX header of more than 64 KiB before it makes room for it",
      /unlikely size/,
      beforeMembers(paxHeader({ uname: "x".repeat(65536) })),
      tarHeader({ name: "x", type: "x", size: base256(2n ** 52n) }),
    ),
    of(
      "two PAX headers in a row",
      /two PAX headers/,
      beforeMembers(paxHeader({ mtime: "1" }), paxHeader({ mtime: "1" })),
    ),
    of(
      "a PAX header before the end mark",
      /describes nothing/,
      concat(metadata, database, paxHeader({ mtime: "1" }), END),
    ),
  ];
}
