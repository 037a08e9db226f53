import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../support/bytes.ts";
import { hasPython } from "../../support/commands.ts";
import { base256, paxHeader, paxRecord, tarMember, withChecksum } from "../../support/tar.ts";
import { membersByPython, membersOf } from "../../support/tar_members.ts";

const CASES = 600;
/** Fewer accepted tars than this would say little. */
const MIN_ACCEPTED = 60;

/** Nothing, but for one case of `every`. */
function seldom<T>(every: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: every - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

const body = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(new Uint8Array(), new Uint8Array(512).fill(1), new Uint8Array(1100).fill(2)),
  },
);

const name = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("library.db", "backup_metadata.json") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "../library.db", "library.db/", "\uFEFFlibrary.db", "library.db\0x", "x"),
  },
);

/** One change of a header; the times and the owner are left out, because {@link TarReader} does not look at them. */
const mutation = fc.record({
  at: fc.oneof(
    fc.constantFrom(0, 10, 20, 124, 134, 135, 156, 157, 257, 262, 263, 345),
    fc.integer({ min: 0, max: 99 }),
    fc.integer({ min: 124, max: 135 }),
    fc.integer({ min: 148, max: 328 }),
    fc.integer({ min: 345, max: 511 }),
  ),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x20, 0x30, 0x31, 0x80, 0xff)),
  fixChecksum: fc.boolean(),
});

const paxValue = fc.oneof(
  fc.constantFrom("0", "1", "12", "40", "512", "1.5", "-1", "", "é", "a=b", "x\n"),
  fc.integer({ min: 0, max: 60 }).map(String),
);
const pax = fc.oneof(
  fc.record({
    key: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom("size", "mtime", "uid", "uname") },
      { weight: 1, arbitrary: fc.constantFrom("path", "\uFEFFsize", "GNU.sparse.size", "hdrcharset", "") },
    ),
    value: paxValue,
  }).map(({ key, value }) => paxHeader(paxRecord(`${key}=${value}`))),
  fc.constantFrom("12 size=10\n\0", "\uFEFF11 size=10\n", "011 size=10\n", "9 size=3\n9 size=4\n", " 9 size=3\n").map((
    text,
  ) => paxHeader(text)),
);

const member = fc.record({
  name,
  body,
  type: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom("0", "\0") },
    { weight: 1, arbitrary: fc.constantFrom("1", "2", "5", "7", "S", "g", "L") },
  ),
  magic: fc.constantFrom("ustar\x0000", "ustar  \0"),
  pax: seldom(4, pax),
  size: seldom(
    8,
    fc.oneof(
      fc.integer({ min: 0, max: 1200 }),
      fc.integer({ min: -2, max: 60 }).map((size) => base256(BigInt(size))),
      fc.constantFrom("1", "  1 ", "00000000001\0", "-1", "9", "000000000012"),
    ),
  ),
  mutation: seldom(6, mutation),
}).map(({ name, body, type, magic, pax, size, mutation }) => {
  const whole = tarMember(name, body, size === null ? { type, magic } : { type, magic, size });
  if (mutation !== null) {
    whole[mutation.at] = mutation.byte;
    if (mutation.fixChecksum) whole.set(withChecksum(whole.subarray(0, 512)));
  }
  return concat(pax ?? new Uint8Array(), whole);
});

const pair = fc.tuple(fc.boolean(), body, body, seldom(2, pax), seldom(3, pax), seldom(2, mutation)).map(
  ([reversed, first, second, firstPax, secondPax, change]) => {
    const empty = new Uint8Array();
    const metadata = tarMember("backup_metadata.json", first);
    const database = tarMember("library.db", second);
    if (change !== null) {
      database[change.at] = change.byte;
      if (change.fixChecksum) database.set(withChecksum(database.subarray(0, 512)));
    }
    const members = [concat(firstPax ?? empty, metadata), concat(secondPax ?? empty, database)];
    return concat(...(reversed ? members.reverse() : members));
  },
);

/** Small tar streams, of which some are right, most nearly right. */
const tar = fc.tuple(
  fc.oneof(pair, fc.array(member, { minLength: 1, maxLength: 4 }).map((members) => concat(...members))),
  fc.oneof({ weight: 8, arbitrary: fc.constant(1024) }, fc.constantFrom(0, 512, 1536, 10240)),
  seldom(12, fc.uint8Array({ minLength: 1, maxLength: 5 })),
).map(([members, zeros, rest]) => concat(members, new Uint8Array(zeros), rest ?? new Uint8Array()));

// Needs Python.
Deno.test({
  name: "TarReader: takes no tar that Python's tarfile reads otherwise",
  ignore: !hasPython,
  fn: async () => {
    const seed = Date.now() % 2 ** 31;
    const tars = fc.sample(tar, { numRuns: CASES, seed });
    const accepted = tars.flatMap((bytes) => {
      const members = membersOf(bytes);
      return members === null ? [] : [{ bytes, members }];
    });
    assert(accepted.length >= MIN_ACCEPTED, `only ${accepted.length} were accepted (seed ${seed})`);
    const answers = await membersByPython(accepted.map(({ bytes }) => bytes));
    accepted.forEach(({ members }, index) => {
      assert.deepEqual(
        answers[index],
        members,
        `seed ${seed}: ${JSON.stringify(members)}, ${JSON.stringify(answers[index])}`,
      );
    });
  },
});

Deno.test("TarReader: refuses random bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => membersOf(bytes) === null));
});

Deno.test("TarReader: reads the same whatever the chunks are", () => {
  fc.assert(
    fc.property(tar, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (bytes, lengths) => {
      const chunks: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const length = lengths[turn % lengths.length] ?? 1;
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(membersOf(...chunks), membersOf(bytes));
    }),
    { numRuns: 300 },
  );
});
