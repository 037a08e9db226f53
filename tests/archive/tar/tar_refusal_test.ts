import assert from "node:assert/strict";
import { TarReader } from "../../../src/archive/tar/tar_reader.ts";
import { refusal } from "../../support/archives.ts";
import { concat, prose } from "../../support/bytes.ts";
import { refusedMembers } from "../../support/refused_members.ts";
import { refusedPax } from "../../support/refused_pax.ts";
import { base256, END, tarHeader, tarMember, withChecksum } from "../../support/tar.ts";
import { readTar } from "../../support/tar_reading.ts";

const METADATA = new TextEncoder().encode('{"vpo_version":"0.2.0"}');
const DATABASE = prose(700);
const metadata = tarMember("backup_metadata.json", METADATA);
const database = tarMember("library.db", DATABASE);
const BODIES = { metadata: METADATA, database: DATABASE };

// The trials put the same into archives of a library that is sound, and restore those.
for (const { what, words, tars } of [...refusedMembers(BODIES), ...refusedPax(BODIES)]) {
  Deno.test(`TarReader: refuses ${what}`, () => {
    assert(tars.length > 0);
    for (const tar of tars) {
      assert.throws(() => readTar(tar), refusal(words));
      assert.throws(() => readTar(...Array.from(tar, (byte) => Uint8Array.of(byte))), refusal(words));
    }
  });
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
    assert.throws(() => new TarReader(sink).push(tarMember("library.db", DATABASE, fields)), refusal());
  }
});
