import assert from "node:assert/strict";
import { join } from "node:path";
import { tryPlaces } from "../../../src/engine/settings/try_places.ts";
import { directoryState } from "../../support/directory_state.ts";
import { SettingsMachine } from "../../support/settings.ts";
import { canMount, mountReadOnly } from "../../support/surroundings/mounts.ts";

const CONTENT = { "config.toml": "[server]\n", "policies/a.yaml": "a", "policies/new/b.yaml": "b" };
const user = Deno.build.os === "windows" ? null : Deno.uid();

Deno.test("tryPlaces: leaves nothing, and takes away what killed runs have left", () => {
  using machine = new SettingsMachine(CONTENT);
  machine.put("policies/a.yaml", "another a");
  const before = directoryState(machine.path);
  const dead = join(machine.path, ".vpo-backup-01234567-89ab");
  const alive = ".vpo-backup-01234567-89ac.setting";
  machine.put("policies/.vpo-backup-01234567-89ab.setting", "a", 0o600);
  machine.put(`policies/${alive}`, "b", 0o600);
  tryPlaces(machine.plan(), machine.work, [{ path: dead, size: 1, isSure: true }], user);
  Deno.removeSync(join(machine.vpo, "policies", alive));
  assert.deepEqual(directoryState(machine.path), before);
});

Deno.test({
  name: "tryPlaces: a directory that others may write to is theirs to lead elsewhere (needs root)",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn() {
    using machine = new SettingsMachine(CONTENT);
    machine.put("policies/a.yaml", "another a");
    for (const [uid, mode] of [[1000, 0o700], [0, 0o777]] as const) {
      Deno.chownSync(join(machine.vpo, "policies"), uid, 0);
      Deno.chmodSync(join(machine.vpo, "policies"), mode);
      assert.throws(() => tryPlaces(machine.plan(), machine.work, [], user), {
        code: "operation_failed",
        hint: "Run it as the owner of the settings, or close that directory to others: chmod go-w",
      });
    }
  },
});

Deno.test({
  name: "tryPlaces: a directory that nothing can be written in (needs root, to mount one)",
  ignore: !canMount,
  fn() {
    using machine = new SettingsMachine(CONTENT);
    machine.put("policies/a.yaml", "another a");
    using _mount = mountReadOnly(join(machine.vpo, "policies"));
    assert.throws(() => tryPlaces(machine.plan(), machine.work, [], user), {
      code: "operation_failed",
      message: `Cannot restore the settings: nothing can be written in "${join(machine.vpo, "policies")}": ` +
        "the file system is read-only",
    });
  },
});
