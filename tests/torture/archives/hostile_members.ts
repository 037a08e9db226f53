import { gzipSync } from "node:zlib";
import { concat, prose } from "../../support/bytes.ts";
import { END, type HeaderFields, tarHeader, tarMember } from "../../support/tar.ts";
import { hostile, type HostileArchive, type Outcome, type Sound, soundMembers } from "./hostile.ts";

const LONG_LINK = "././@LongLink";

/** Archives whose members have names, kinds and numbers that they should not have. */
export function hostileMembers(sound: Sound): HostileArchive[] {
  return [...otherNames(sound), ...otherKinds(sound), ...otherSets(sound)];
}

function otherNames({ database, ...sound }: Sound): HostileArchive[] {
  const members = soundMembers({ database, ...sound });
  const names: Readonly<Record<string, (outside: string) => string>> = {
    "../library.db": () => "../library.db",
    "../../escaped": () => "../../escaped",
    "backups/../../library.db": () => "backups/../../library.db",
    "an absolute one": (outside) => outside,
    "an absolute one of a directory": (outside) => `${outside}/`,
    "/library.db": () => "/library.db",
    "./library.db": () => "./library.db",
    "library.db/": () => "library.db/",
    "..\\library.db": () => "..\\library.db",
    "\\library.db": () => "\\library.db",
    "C:\\library.db": () => "C:\\library.db",
    "LIBRARY.DB": () => "LIBRARY.DB",
    "library.db-wal": () => "library.db-wal",
    "library.db-journal": () => "library.db-journal",
    "library.db-shm": () => "library.db-shm",
    "a lock": () => "lock",
    "a dot": () => ".",
    "two dots": () => "..",
    "nothing": () => "",
    "a line end": () => "library.db\n",
    "an escape code": () => "\u001b[2J\u001b]0;library.db\u0007\u009b2J\u0085",
    "another direction of writing": () => "\u202Ebd.yrarbil",
    "a byte order mark": () => "\uFEFFlibrary.db",
    "a NUL first": () => "\0library.db",
  };
  return [
    ...Object.entries(names).flatMap(([what, name]) => [
      hostile(
        `the library under another name: ${what}`,
        "refused",
        (outside) => gzipSync(concat(members.metadata, tarMember(name(outside), database), END)),
      ),
      hostile(
        `a third member with the name: ${what}`,
        "refused",
        (outside) => gzipSync(concat(members.metadata, members.database, tarMember(name(outside), prose(700)), END)),
      ),
      hostile(
        `a third member between, with the name: ${what}`,
        "refused",
        (outside) => gzipSync(concat(members.metadata, tarMember(name(outside), prose(512)), members.database, END)),
      ),
    ]),
    // Python's tarfile ends a name at its first NUL, too.
    hostile(
      "a path after a NUL in a name",
      "either",
      () => gzipSync(concat(members.metadata, tarMember("library.db\0/../../escaped", database), END)),
    ),
    hostile("a name that is not UTF-8", "refused", () => {
      const name = Uint8Array.of(0xff, 0xfe, ...new TextEncoder().encode("library.db"));
      const header = tarHeader({ name, size: database.length });
      return gzipSync(concat(members.metadata, header, members.database.subarray(512), END));
    }),
    hostile(
      "a prefix that leads out",
      "refused",
      () => gzipSync(concat(members.metadata, tarMember("library.db", database, { prefix: "../.." }), END)),
    ),
  ];
}

function otherKinds({ database, ...sound }: Sound): HostileArchive[] {
  const members = soundMembers({ database, ...sound });
  const kinds: Readonly<Record<string, string>> = {
    "a hard link": "1",
    "a symbolic link": "2",
    "a character device": "3",
    "a block device": "4",
    "a directory": "5",
    "a FIFO": "6",
    "a contiguous file": "7",
    "a sparse file": "S",
    "a volume label": "V",
    "the rest of another volume": "M",
    "a directory dump": "D",
    "a GNU multi-volume name": "N",
    "an old PAX header": "X",
    "an access control list": "A",
    "a kind that does not exist": "\x7f",
  };
  const made = (what: string, fields: (outside: string) => HeaderFields): HostileArchive[] => [
    hostile(
      `the library as ${what}`,
      "refused",
      (outside) => gzipSync(concat(members.metadata, tarMember("library.db", database, fields(outside)), END)),
    ),
    hostile(
      `the library as ${what} without content`,
      "refused",
      (outside) => gzipSync(concat(members.metadata, tarHeader({ name: "library.db", ...fields(outside) }), END)),
    ),
    hostile(`${what} under the library's name, and then the library`, "refused", (outside) =>
      gzipSync(concat(
        tarHeader({ name: "library.db", ...fields(outside) }),
        members.metadata,
        members.database,
        END,
      ))),
    hostile(
      `the metadata and the library, and ${what}`,
      "refused",
      (outside) =>
        gzipSync(concat(members.metadata, members.database, tarHeader({ name: "other", ...fields(outside) }), END)),
    ),
  ];
  return [
    ...Object.entries(kinds).flatMap(([what, type]) => made(what, (outside) => ({ type, linkName: outside }))),
    ...made("a regular file with a link name", (outside) => ({ linkName: outside })),
    hostile(
      "a GNU long name before a member",
      "refused",
      () => gzipSync(concat(members.metadata, longName("L", "library.db"), tarMember("x", database), END)),
    ),
    hostile(
      "a GNU long name that leads out",
      "refused",
      (outside) => gzipSync(concat(members.metadata, longName("L", outside), members.database, END)),
    ),
    hostile(
      "a GNU long link name before a member",
      "refused",
      (outside) => gzipSync(concat(members.metadata, longName("K", outside), members.database, END)),
    ),
    hostile(
      "a GNU long name of 1 TiB",
      "refused",
      () => gzipSync(concat(members.metadata, tarHeader({ name: LONG_LINK, type: "L", size: "77777777777\0" }), END)),
    ),
  ];
}

function longName(type: string, name: string): Uint8Array {
  return tarMember(LONG_LINK, new TextEncoder().encode(`${name}\0`), { type });
}

function otherSets(sound: Sound): HostileArchive[] {
  const { database, metadata } = soundMembers(sound);
  const other = tarMember("library.db", prose(sound.database.length));
  const sets: readonly (readonly [string, Outcome, ...Uint8Array[]])[] = [
    ["the metadata first", "restored", metadata, database, END],
    ["the library first", "restored", database, metadata, END],
    ["the library twice", "refused", metadata, database, database, END],
    ["two libraries, the right one first", "refused", metadata, database, other, END],
    ["two libraries, the right one last", "refused", other, metadata, database, END],
    ["the metadata twice", "refused", metadata, database, metadata, END],
    ["no library", "refused", metadata, END],
    ["no metadata", "refused", database, END],
    ["no members", "refused", END],
    ["nothing", "refused"],
    ["no end mark", "refused", metadata, database],
    ["half an end mark", "refused", metadata, database, END.subarray(512)],
    ["a blocking factor of 20", "restored", metadata, database, new Uint8Array(10_240)],
    ["the end mark before all members", "refused", END, metadata, database, END],
    ["the end mark before the library", "refused", metadata, END, database, END],
    ["a record of zeros before the library", "refused", metadata, END.subarray(512), database, END],
    ["a member after the end mark", "refused", metadata, database, END, tarMember("x", prose(10))],
    ["a byte after the end mark", "refused", metadata, database, END, Uint8Array.of(1)],
    ["a byte long after the end mark", "refused", metadata, database, new Uint8Array(30_000), Uint8Array.of(1)],
    ["a second tar after the end mark", "refused", metadata, database, END, metadata, other, END],
    ["text in place of a tar", "refused", prose(5000)],
  ];
  return sets.map(([name, outcome, ...parts]) =>
    hostile(`${name}, in a tar`, outcome, () => gzipSync(concat(...parts)))
  );
}
