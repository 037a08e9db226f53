import assert from "node:assert/strict";
import { join } from "node:path";
import { noise } from "../support/bytes.ts";
import { someOf, testMore } from "../support/extent.ts";
import { Faults } from "../support/faults.ts";
import { Home } from "../support/home.ts";
import { canMount, mountMemory } from "../support/surroundings/mounts.ts";
import { cannotIntercept } from "../torture/support/file_calls.ts";

const MB = 1024 * 1024;
const DISK_BYTES = 30 * MB;

/** Puts plugins, which cannot be compressed, beside a home's library. */
function putPlugins(home: Home, count: number): void {
  Deno.mkdirSync(join(home.vpo, "plugins"));
  for (let index = 0; index < count; index++) {
    Deno.writeFileSync(join(home.vpo, "plugins", `${index}.bin`), noise(4 * MB, index + 1));
  }
}

// They filled the disk, and the backup of the library failed for it.
for (const [count, why] of someOf([[5, "half of them fits"], [8, "they do not even fit by themselves"]] as const, 1)) {
  Deno.test({
    name: `backup: settings are left out where they would take the library's space: ${why} (needs root, to mount)`,
    ignore: !canMount,
    async fn() {
      using home = Home.withLibrary();
      putPlugins(home, count);
      using _ = mountMemory(home.backups, { bytes: DISK_BYTES });
      const args = ["backup", "--settings", "--temp-dir", home.backups];
      for (const more of [["--dry-run"], []]) {
        const { code, stdout, stderr } = await home.run([...args, "--make-dir", ...more]);
        assert.equal(code, 0, stderr);
        assert.equal(
          home.masked(stderr),
          'Warning: the settings are left out: with them, there is not enough space in "HOME/.vpo/backups"\n',
        );
        assert.doesNotMatch(stdout, /Settings/);
      }
    },
  });
}

Deno.test({
  name: "backup: includes settings that fit (needs root, to mount)",
  ignore: !canMount,
  async fn() {
    using home = Home.withLibrary();
    putPlugins(home, 2);
    using _ = mountMemory(home.backups, { bytes: DISK_BYTES });
    const { code, stdout, stderr } = await home.run(["backup", "--settings", "--temp-dir", home.backups, "--make-dir"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /Settings: 2 files/);
  },
});

testMore({
  name: "backup: settings that fill the disk all the same are left out and give their space back (needs root and gcc)",
  ignore: !canMount || cannotIntercept() !== null,
  async fn() {
    using faults = new Faults();
    using home = Home.withLibrary();
    putPlugins(home, 8);
    using _ = mountMemory(home.backups, { bytes: DISK_BYTES });
    // As under a quota, what is free does not show what may be written. What happens to owners does not matter.
    const { code, stderr } = await faults.run(
      { room: true, answers: { chown: "EPERM" } },
      home,
      ...["backup", "--settings", "--temp-dir", home.backups, "--make-dir"],
    );
    assert.match(stderr, /^Warning: the settings are left out: they could not be copied: No space left on device/);
    assert.equal(code, 0, stderr);
  },
});
