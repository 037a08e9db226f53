import { gzipSync } from "node:zlib";
import { serializeMetadata } from "../../../src/store/metadata.ts";
import { concat, prose } from "../../support/bytes.ts";
import { refusedMembers } from "../../support/refused_members.ts";
import { refusedPax } from "../../support/refused_pax.ts";
import { END, type HeaderFields, tarHeader, tarMember } from "../../support/tar.ts";
import { hostile, type HostileArchive, type Outcome, type Sound, soundMembers } from "./hostile.ts";

const LONG_LINK = "././@LongLink";

/** Archives whose members have names, kinds and numbers that they should not have. */
export function hostileMembers(sound: Sound): HostileArchive[] {
  return [...refused(sound), ...otherNames(sound), ...otherKinds(sound), ...otherSets(sound)];
}

/** What the tests of the tar reader have, around a library that is sound: nothing else is a reason to refuse it. */
function refused({ database, metadata }: Sound): HostileArchive[] {
  const bodies = { database, metadata: serializeMetadata(metadata) };
  return [...refusedMembers(bodies), ...refusedPax(bodies)].flatMap(({ what, tars }) =>
    tars.map((tar, index) => hostile(`${what}: ${index + 1}`, "refused", () => gzipSync(tar)))
  );
}

function otherNames({ database, ...sound }: Sound): HostileArchive[] {
  const members = soundMembers({ database, ...sound });
  const names: Readonly<Record<string, (outside: string) => string>> = {
    "an absolute one": (outside) => outside,
    "an absolute one of a directory": (outside) => `${outside}/`,
    "an escape code": () => "\u001b[2J\u001b]0;library.db\u0007\u009b2J\u0085",
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
  ];
}

function otherKinds({ database, ...sound }: Sound): HostileArchive[] {
  const members = soundMembers({ database, ...sound });
  const kinds: Readonly<Record<string, string>> = { "a hard link": "1", "a symbolic link": "2", "a sparse file": "S" };
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
    ["two libraries, the right one first", "refused", metadata, database, other, END],
    ["two libraries, the right one last", "refused", other, metadata, database, END],
    ["nothing", "refused"],
    ["no end mark", "refused", metadata, database],
    ["a blocking factor of 20", "restored", metadata, database, new Uint8Array(10_240)],
    ["a second tar after the end mark", "refused", metadata, database, END, metadata, other, END],
    ["text in place of a tar", "refused", prose(5000)],
  ];
  return sets.map(([name, outcome, ...parts]) =>
    hostile(`${name}, in a tar`, outcome, () => gzipSync(concat(...parts)))
  );
}
