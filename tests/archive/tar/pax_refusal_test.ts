import { concat, prose } from "../../support/bytes.ts";
import { base256, END, paxHeader, paxRecord, tarHeader, tarMember } from "../../support/tar.ts";
import { refuses } from "../../support/tar_reading.ts";

const DATABASE = prose(700);
const metadata = tarMember("backup_metadata.json", new TextEncoder().encode('{"vpo_version":"0.2.0"}'));
const database = tarMember("library.db", DATABASE);

/** A tar that would be right without this. */
function beforeMembers(...extra: readonly Uint8Array[]): Uint8Array {
  return concat(...extra, metadata, database, END);
}

refuses(
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
    { SIZE: "1" },
    { " size": "1" },
    { "size ": "1" },
    { constructor: "1" },
    { mtime: "1", path: "library.db" },
  ].map((records) => beforeMembers(paxHeader(records))),
);
refuses(
  "a PAX record whose key is a known one after a byte order mark only: other readers do not know that key",
  /PAX/,
  beforeMembers(paxHeader({ "\uFEFFmtime": "1" })),
  concat(metadata, paxHeader({ "\uFEFFsize": "700" }), tarMember("library.db", DATABASE, { size: 512 }), END),
  beforeMembers(paxHeader("\uFEFF14 mtime=1234\n")),
);
refuses(
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
  ].map((body) => beforeMembers(paxHeader(body))),
);
refuses(
  "a PAX size that is no size",
  /impossible size/,
  ...["", "-1", "+1", "1.5", "0x10", "1e3", " 1", "1 ", "9".repeat(16), "9".repeat(40), "NaN", "\u0663"]
    .map((size) => beforeMembers(paxHeader({ size }))),
);
refuses("a PAX size of zero", /is empty/, beforeMembers(paxHeader({ size: "0" })));
refuses("a PAX header of no bytes", /unlikely size/, beforeMembers(tarHeader({ name: "x", type: "x" })));
refuses(
  "a PAX header of more than 64 KiB before it makes room for it",
  /unlikely size/,
  beforeMembers(paxHeader({ uname: "x".repeat(65536) })),
  tarHeader({ name: "x", type: "x", size: base256(2n ** 52n) }),
);
refuses(
  "two PAX headers in a row",
  /two PAX headers/,
  beforeMembers(paxHeader({ mtime: "1" }), paxHeader({ mtime: "1" })),
);
refuses(
  "a PAX header before the end mark",
  /describes nothing/,
  concat(metadata, database, paxHeader({ mtime: "1" }), END),
);
