import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { permissionFlags, RUNTIME_FLAGS } from "../../scripts/permissions.ts";

Deno.test("permissionFlags: the start task has exactly what the executable is built with", () => {
  const expected = ["deno", "run", ...RUNTIME_FLAGS, ...permissionFlags(), "src/main.ts"];
  assert.equal(config.tasks.start, expected.join(" "));
});

Deno.test("permissionFlags: grants no network, subprocess, FFI or question, and can be scoped", () => {
  const flags = permissionFlags(["/a", "/b"], ["/b"]);
  assert.deepEqual(flags.map((flag) => flag.split("=")[0]), [
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys",
    "--no-prompt",
  ]);
  assert.equal(flags[0], "--allow-read=/a,/b");
  assert.equal(flags[1], "--allow-write=/b");
});
