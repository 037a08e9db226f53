import assert from "node:assert/strict";
import type { CopyCondition } from "../../../src/engine/protocol/mod.ts";
import { judgeCopyPlaces } from "../../../src/output/diagnosis/copy_places.ts";

const PLACE: CopyCondition = {
  concern: "no_copy",
  directory: "/mnt/usb",
  state: "absent",
  newest: null,
  error: null,
  onBackupDisk: null,
  free: null,
};

Deno.test("judgeCopyPlaces: the command to run makes the copy also where only an option has named the place", () => {
  const command = "vpo-backup backup --copy-to /mnt/usb";
  const hints = (["absent", "present"] as const).map((state) =>
    judgeCopyPlaces([{ condition: { ...PLACE, state }, unwritable: null }], "")[0]?.hint
  );
  assert.deepEqual(hints, [`Plug that disk in and run: ${command}`, `Make one: ${command}`]);
});
