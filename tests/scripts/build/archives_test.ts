import assert from "node:assert/strict";
import { type Member, tarGz, zip } from "../../../scripts/build/archives.ts";
import { hasPython, isInstalled, run, runPython } from "../../support/commands.ts";
import { BUILD_TIME } from "../../support/compiling.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const MEMBERS: readonly Member[] = [
  { name: "p/program", mode: 0o755, content: crypto.getRandomValues(new Uint8Array(60_000)) },
  { name: "p/empty", mode: 0o644, content: new Uint8Array() },
  { name: "p/completions/größe", mode: 0o644, content: new TextEncoder().encode("text\n".repeat(10_000)) },
];

/** What a reader finds: name, mode, time, content. */
const EXPECTED = MEMBERS.map(({ name, mode, content }) => [name, mode, "2026-02-05T14:30:22", btoa(binary(content))]);

function binary(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const READ_ZIP = `
import zipfile
with zipfile.ZipFile(input) as archive:
    assert archive.testzip() is None
    print(json.dumps([[i.filename, i.external_attr >> 16 & 0o777, "%04d-%02d-%02dT%02d:%02d:%02d" % i.date_time,
      base64.b64encode(archive.read(i)).decode()] for i in archive.infolist()]))
`;

const READ_TAR = `
import tarfile, datetime
with tarfile.open(input) as archive:
    print(json.dumps([[m.name, m.mode, datetime.datetime.fromtimestamp(m.mtime, datetime.timezone.utc).isoformat()[:19],
      base64.b64encode(archive.extractfile(m).read()).decode()] for m in archive.getmembers()]))
`;

Deno.test({
  name: "zip: Python reads every member with its mode, time and content (needs python3)",
  ignore: !hasPython,
  async fn() {
    using directory = new TemporaryDirectory();
    const path = directory.file("p.zip", zip(MEMBERS, BUILD_TIME));
    assert.deepEqual(await runPython(READ_ZIP, path), EXPECTED);
  },
});

Deno.test({
  name: "zip: Info-ZIP finds nothing wrong (needs unzip)",
  ignore: !isInstalled("unzip", "-v"),
  async fn() {
    using directory = new TemporaryDirectory();
    const { code, stdout } = await run("unzip", ["-t", directory.file("p.zip", zip(MEMBERS, BUILD_TIME))]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /No errors detected/);
  },
});

Deno.test({
  name: "tarGz: Python reads every member with its mode, time and content (needs python3)",
  ignore: !hasPython,
  async fn() {
    using directory = new TemporaryDirectory();
    const path = directory.file("p.tar.gz", await tarGz(MEMBERS, BUILD_TIME));
    assert.deepEqual(await runPython(READ_TAR, path), EXPECTED);
  },
});

Deno.test("tarGz, zip: the same members and time give the same bytes", async () => {
  assert.deepEqual(zip(MEMBERS, BUILD_TIME), zip(MEMBERS, BUILD_TIME));
  const packed = await tarGz(MEMBERS, BUILD_TIME);
  assert.deepEqual(packed, await tarGz(MEMBERS, BUILD_TIME));
  // No time and no operating system in the gzip header (RFC 1952, 2.3).
  assert.deepEqual([...packed.subarray(4, 8), packed[9]], [0, 0, 0, 0, 255]);
});
