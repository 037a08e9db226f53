import assert from "node:assert/strict";
import { CannotCompile, namedRuntime, runtimeName } from "../../../scripts/build/runtime.ts";
import { findTarget, type Target, TARGETS } from "../../../scripts/build/targets.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const HOST = findTarget(Deno.build.target) as Target;
const OTHER = TARGETS.find(({ os }) => os !== HOST.os) as Target;

/** The first bytes of a runtime for 64-bit ARM Linux. */
const RUNTIME = Uint8Array.from({ length: 64 }, (_, at) => [0x7f, 0x45, 0x4c, 0x46][at] ?? (at === 18 ? 0xb7 : 0));
const ARM_LINUX = findTarget("aarch64-unknown-linux-gnu") as Target;

Deno.test("namedRuntime: none where the environment names none, and Deno downloads one", () => {
  assert.equal(namedRuntime(HOST, () => undefined), null);
  assert.equal(namedRuntime(HOST, () => ""), null);
});

Deno.test("namedRuntime: DENORT_BIN serves its own system, and is refused for another before anything is made", () => {
  const env = (name: string) => name === "DENORT_BIN" ? Deno.execPath() : undefined;
  assert.equal(namedRuntime(HOST, env), Deno.execPath());
  const message = `DENORT_BIN: ${Deno.execPath()} is a runtime for ${HOST.triple}`;
  assert.throws(() => namedRuntime(OTHER, env), new CannotCompile(message));
});

Deno.test("namedRuntime: DENORT_DIR has one for each system, by its name", () => {
  using directory = new TemporaryDirectory();
  const env = (name: string) => name === "DENORT_DIR" ? directory.path : undefined;
  const path = directory.file("denort-aarch64-unknown-linux-gnu", RUNTIME);
  assert.equal(namedRuntime(ARM_LINUX, env), path);
  const windows = findTarget("x86_64-pc-windows-msvc") as Target;
  assert.equal(runtimeName(windows), "denort-x86_64-pc-windows-msvc.exe");
  const missing = `DENORT_DIR: there is no ${directory.file(runtimeName(windows))}`;
  assert.throws(() => namedRuntime(windows, env), new CannotCompile(missing));
  const wrong = directory.file(runtimeName(windows), RUNTIME);
  const message = `DENORT_DIR: ${wrong} is a runtime for aarch64-unknown-linux-gnu`;
  assert.throws(() => namedRuntime(windows, env), new CannotCompile(message));
});

Deno.test("namedRuntime: one that is named outright goes before the directory", () => {
  using directory = new TemporaryDirectory();
  directory.file(runtimeName(HOST), RUNTIME);
  const env = (name: string) => name === "DENORT_BIN" ? Deno.execPath() : directory.path;
  assert.equal(namedRuntime(HOST, env), Deno.execPath());
});
