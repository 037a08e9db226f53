import assert from "node:assert/strict";
import { unpackTar } from "modern-tar";
import { TarReader } from "../../../src/archive/tar/tar_reader.ts";
import { refusal, theirTar } from "../../support/archives.ts";
import { base64, concat, fromBase64, noise, prose } from "../../support/bytes.ts";
import { hasPython, isInstalled, run, runPython } from "../../support/commands.ts";
import { base256, END, paxHeader, tarHeader, tarMember } from "../../support/tar.ts";
import { readTar, type TarContent } from "../../support/tar_reading.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const METADATA = new TextEncoder().encode('{"vpo_version":"0.2.0"}');
const DATABASE = prose(1300);
const metadataMember = tarMember("backup_metadata.json", METADATA);
const databaseMember = tarMember("library.db", DATABASE);
const OURS = concat(metadataMember, databaseMember, END);
const THEIRS = concat(databaseMember, metadataMember, END);

function assertHoldsBoth(content: TarContent, database: Uint8Array = DATABASE): void {
  assert.deepEqual(content.metadata, METADATA);
  assert.deepEqual(content.database, database);
  assert.equal(content.announced, database.length);
}

Deno.test("TarReader: takes the metadata first, as this program writes them", () => {
  const content = readTar(OURS);
  assertHoldsBoth(content);
  assert.deepEqual(content.order, ["metadata", "database"]);
});

Deno.test("TarReader: takes the database first, as VPO writes it", () => {
  const content = readTar(THEIRS);
  assertHoldsBoth(content);
  assert.deepEqual(content.order, ["database", "metadata"]);
});

Deno.test("TarReader: takes the stream byte by byte", () => {
  for (const tar of [OURS, THEIRS]) {
    assertHoldsBoth(readTar(...Array.from(tar, (byte) => Uint8Array.of(byte))));
  }
});

Deno.test("TarReader: takes a chunk boundary at every offset", () => {
  const tar = concat(paxHeader({ mtime: "1770301822.5" }), databaseMember, metadataMember, END);
  for (let at = 0; at <= tar.length; at++) assertHoldsBoth(readTar(tar.subarray(0, at), tar.subarray(at)));
});

Deno.test("TarReader: takes members whose size is a multiple of 512, which no zeros follow", () => {
  for (const size of [512, 1024, 65536]) {
    const database = noise(size);
    assertHoldsBoth(readTar(concat(metadataMember, tarMember("library.db", database), END)), database);
    assertHoldsBoth(readTar(concat(tarMember("library.db", database), metadataMember, END)), database);
  }
});

Deno.test("TarReader: takes any number of zeros after the end mark", () => {
  for (const zeros of [0, 1, 511, 512, 8192]) assertHoldsBoth(readTar(OURS, new Uint8Array(zeros)));
});

Deno.test("TarReader: takes headers of both formats and the old mark of a regular file", () => {
  for (const magic of ["ustar\x0000", "ustar  \0"]) {
    for (const type of ["0", "\0"]) {
      const tar = concat(tarMember("library.db", DATABASE, { magic, type }), metadataMember, END);
      assertHoldsBoth(readTar(tar));
    }
  }
});

Deno.test("TarReader: takes sizes in octal with spaces, in base-256 and from a PAX record", () => {
  const octal = DATABASE.length.toString(8);
  for (const size of [`${octal.padStart(11, "0")} `, `${octal.padStart(12, "0")}`, `    ${octal} \0`, `${octal}\0`]) {
    assertHoldsBoth(readTar(concat(metadataMember, tarMember("library.db", DATABASE, { size }), END)));
  }
  const base = tarMember("library.db", DATABASE, { size: base256(BigInt(DATABASE.length)) });
  assertHoldsBoth(readTar(concat(metadataMember, base, END)));
  const pax = concat(paxHeader({ size: String(DATABASE.length) }), tarMember("library.db", DATABASE, { size: 0 }));
  assertHoldsBoth(readTar(concat(metadataMember, pax, END)));
});

Deno.test("TarReader: uses a PAX size for the next member only", () => {
  const pax = concat(paxHeader({ size: String(DATABASE.length) }), databaseMember);
  assertHoldsBoth(readTar(concat(pax, metadataMember, END)));
});

Deno.test("TarReader: takes PAX records that change nothing about what a member holds", () => {
  const records = {
    mtime: "1770301822.123456789",
    atime: "1",
    ctime: "-1.5",
    uid: "5000000",
    gid: "5000000",
    uname: "jürgen",
    gname: "a=b\nc",
  };
  assertHoldsBoth(readTar(concat(paxHeader(records), metadataMember, paxHeader(records), databaseMember, END)));
});

Deno.test("TarReader: announces sizes beyond 2, 4 and 8 GiB as they are", () => {
  for (const size of [2 ** 31, 2 ** 32 + 512, 2 ** 33 - 1, 2 ** 33, 2 ** 40 + 512]) {
    const asOctal = size < 2 ** 33 ? [tarHeader({ name: "library.db", size })] : [];
    const asBase256 = tarHeader({ name: "library.db", size: base256(BigInt(size)) });
    const asPax = concat(paxHeader({ size: String(size) }), tarHeader({ name: "library.db" }));
    for (const header of [...asOctal, asBase256, asPax]) {
      const announced: number[] = [];
      new TarReader({ metadata() {}, database: (bytes) => void announced.push(bytes), data() {} }).push(header);
      assert.deepEqual(announced, [size]);
    }
  }
});

Deno.test("TarReader: hands on the database while it comes and keeps none of it", () => {
  const pieces: number[] = [];
  const reader = new TarReader({ metadata() {}, database() {}, data: (chunk) => void pieces.push(chunk.length) });
  reader.push(tarHeader({ name: "library.db", size: 3000 }));
  for (const length of [1, 999, 2000]) {
    reader.push(new Uint8Array(length));
    assert.equal(pieces.at(-1), length);
  }
});

Deno.test("TarReader: is not modern-tar's decoder, which reports a sparse file as a regular one", async () => {
  const sparse = tarMember("library.db", DATABASE, { type: "S", magic: "ustar  \0" });
  const [entry] = await unpackTar(concat(sparse, END));
  assert.equal(entry?.header.type, "file");
  assert.throws(() => readTar(concat(sparse, metadataMember, END)), refusal(/a sparse file/));
});

Deno.test("TarReader: is not modern-tar's decoder, which passes over a broken PAX record", async () => {
  const broken = concat(paxHeader("999 size=1\n"), databaseMember);
  const [entry] = await unpackTar(concat(broken, END));
  assert.equal(entry?.header.size, DATABASE.length);
  assert.throws(() => readTar(concat(broken, metadataMember, END)), refusal(/broken PAX header/));
});

// Needs Python.
Deno.test({
  name: "TarReader: takes what Python's tarfile writes in each of its formats, with whole and with broken times",
  ignore: !hasPython,
  fn: async () => {
    const program = `
import tarfile
tars = []
for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
    for mtime in (1770301822, 1770301822.75):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=format) as tar:
            for name, body in input:
                info = tarfile.TarInfo(name)
                info.size = len(base64.b64decode(body))
                info.mtime = mtime
                tar.addfile(info, io.BytesIO(base64.b64decode(body)))
        tars.append(base64.b64encode(buffer.getvalue()).decode())
print(json.dumps(tars))
`;
    const members = [["library.db", base64(DATABASE)], ["backup_metadata.json", base64(METADATA)]];
    const tars = await runPython(program, members) as string[];
    assert.equal(tars.length, 6);
    assert(fromBase64(tars[5] ?? "").subarray(0, 1024).includes("x".charCodeAt(0), 156), "no PAX header was made");
    for (const tar of tars) assertHoldsBoth(readTar(fromBase64(tar)));
  },
});

// Needs Python.
Deno.test({
  name:
    "TarReader: takes what Python's tarfile writes of owners whose names are not UTF-8, are long, or have high numbers",
  ignore: !hasPython,
  fn: async () => {
    const program = `
import tarfile
tars = []
for owner in ({"uname": "j\\udcfcrgen"}, {"gname": "\\udce9quipe", "uname": "\\u00e9"}, {"uname": "u" * 40}, {"uid": 2 ** 40, "gid": 2 ** 31}):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, body in input:
            info = tarfile.TarInfo(name)
            info.size = len(base64.b64decode(body))
            for key, value in owner.items():
                setattr(info, key, value)
            tar.addfile(info, io.BytesIO(base64.b64decode(body)))
    tars.append(base64.b64encode(buffer.getvalue()).decode())
print(json.dumps(tars))
`;
    const members = [["library.db", base64(DATABASE)], ["backup_metadata.json", base64(METADATA)]];
    const tars = (await runPython(program, members) as string[]).map(fromBase64);
    assert(new TextDecoder().decode(tars[0]).includes("hdrcharset=BINARY"), "Python named no character set");
    for (const tar of tars) assertHoldsBoth(readTar(tar));
  },
});

// Needs GNU tar.
Deno.test({
  name: "TarReader: takes what GNU tar writes in each of its formats with both headers",
  ignore: !isInstalled("tar", "--version"),
  fn: async () => {
    using directory = new TemporaryDirectory();
    directory.file("library.db", DATABASE);
    directory.file("backup_metadata.json", METADATA);
    for (const format of ["gnu", "ustar", "posix"]) {
      const path = directory.file(`${format}.tar`);
      const options = ["--format", format, "-C", directory.path, "-cf", path];
      const { code, stderr } = await run("tar", [...options, "library.db", "backup_metadata.json"]);
      assert.equal(code, 0, stderr);
      assertHoldsBoth(readTar(Deno.readFileSync(path)));
    }
  },
});

Deno.test("TarReader: takes a whole tar of VPO's form with a larger database", () => {
  const database = noise(300_000);
  const content = readTar(theirTar(database));
  assert.deepEqual(content.database, database);
});
