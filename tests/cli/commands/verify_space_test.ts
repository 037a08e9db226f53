import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { canMount, mountMemory } from "../../support/surroundings/mounts.ts";

const SMALL = { bytes: 4 * 1024 * 1024 };
const TIMES = ["2024-03-03T03:00:00Z", "2024-03-02T03:00:00Z"];
const [NEWEST, MIDDLE] = TIMES.map((time) => `vpo-library-${time.replaceAll(":", "-")}.tar.gz`);

async function filledHome(): Promise<Home> {
  const home = new Home();
  await putBackups(home, ...TIMES);
  return home;
}

Deno.test("verify --temp-dir: unpacks there, and there must be such a directory", async () => {
  using home = await filledHome();
  const temporary = join(home.path, "temporary");
  assert.deepEqual(await home.run(["verify", "--temp-dir", temporary]).then(({ code, stderr }) => [code, stderr]), [
    20,
    `Error: Cannot check: there is no directory "${temporary}"\nCheck its name.\n`,
  ]);
  Deno.mkdirSync(temporary);
  const { code, stderr } = await home.run(["verify", "-v", "--temp-dir", temporary]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(Array.from(Deno.readDirSync(temporary)), []);
});

testMore({
  name:
    "verify: on a disk that cannot be written it unpacks beside the library, or says what to do (needs root, to mount one)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    using disk = mountMemory(home.backups, SMALL);
    await putBackups(home, ...TIMES);
    disk.makeReadOnly();
    assert.equal((await home.run(["verify", "--all"])).code, 0);
    const why = 'Cannot check the backup: nothing can be written in "HOME/.vpo/backups": the file system is read-only';
    const { code, stdout, stderr } = await home.run(["verify", "--all", "--temp-dir", home.backups]);
    assert.equal(
      home.masked(stdout),
      `unchecked  ${NEWEST}  ${why}
unchecked  ${MIDDLE}  ${why}
Name another place with --temp-dir DIR, or check without unpacking with --quick.

2 backups checked: 0 ok, 2 unchecked
`,
    );
    assert.deepEqual([code, stderr], [40, ""]);
    for (const way of [["--temp-dir", home.path], ["--quick"]]) {
      assert.equal((await home.run(["verify", "--all", ...way])).code, 0);
    }
  },
});

Deno.test({
  name: "verify: where there is no room to unpack, that is no fault of the archive (needs root, to mount a small disk)",
  ignore: !canMount,
  async fn() {
    using home = await filledHome();
    const small = join(home.path, "small");
    using _ = mountMemory(small, SMALL);
    const { code, stdout } = await home.run(["verify", "--temp-dir", small]);
    assert.match(
      home.masked(stdout),
      new RegExp(
        `^unchecked  ${NEWEST}  Cannot check the backup: not enough space in "HOME/small": 16\\.8 MB are needed`,
      ),
    );
    assert.equal(code, 44);
    assert.deepEqual(Array.from(Deno.readDirSync(small)), []);
  },
});

testMore({
  name: "verify: where there is room for one library at a time, all are checked (needs root, to mount a small disk)",
  ignore: !canMount,
  async fn() {
    using home = new Home();
    await putBackups(home, ...Array.from({ length: 8 }, (_, hour) => `2024-03-01T0${hour}:00:00Z`));
    const small = join(home.path, "small");
    // A library of 776 KB, the margin of 16 MB, and not another library.
    using _ = mountMemory(small, { bytes: (776 + 16 * 1024 + 400) * 1024 });
    const { code, stdout } = await home.run(["verify", "--all", "--temp-dir", small]);
    assert.match(stdout, /\n8 backups checked: 8 ok\n$/);
    assert.equal(code, 0);
  },
});
