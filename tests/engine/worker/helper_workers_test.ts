import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { someOf } from "../../support/extent.ts";
import { permissionFlags, RUNTIME_FLAGS } from "../../../scripts/permissions.ts";
import { makeLibrary } from "../../../scripts/make_library.ts";
import { blockWorkersFor } from "../../../src/engine/worker/helper_workers.ts";
import { directoryState } from "../../support/directory_state.ts";
import { Home } from "../../support/home.ts";
import { BINARY, cacheDirectory } from "../../support/program.ts";

const SOURCE = fileURLToPath(new URL("../../..", import.meta.url));
/** Enough that each of the threads is started for it: about 24 MB. */
const FILES = 10_000;

/** The program from source, with a fault in the module of one of its threads. */
class BrokenProgram extends Home {
  readonly #copy = join(this.path, "copy");

  constructor(module: string, from: string, to: string) {
    super();
    Deno.writeFileSync(this.library, sampleLibrary());
    Deno.mkdirSync(this.#copy);
    for (const name of ["deno.json", "deno.lock"]) Deno.copyFileSync(join(SOURCE, name), join(this.#copy, name));
    copyTree(join(SOURCE, "src"), join(this.#copy, "src"));
    const path = join(this.#copy, "src", module);
    const text = Deno.readTextFileSync(path);
    assert(text.includes(from), `there is no "${from}" in ${module}`);
    Deno.writeTextFileSync(path, text.replace(from, to));
  }

  async backUp() {
    const flags = ["--quiet", "--no-code-cache", "--config", join(this.#copy, "deno.json"), ...RUNTIME_FLAGS];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, ...permissionFlags(), join(this.#copy, "src", "main.ts"), "backup", "--json"],
      env: { HOME: this.path, USERPROFILE: this.path, DENO_DIR: cacheDirectory() },
      stdin: "null",
    }).output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }
}

let sample: Uint8Array | undefined;

function sampleLibrary(): Uint8Array {
  if (sample === undefined) {
    using home = new Home();
    makeLibrary(home.library, { files: FILES });
    sample = Deno.readFileSync(home.library);
  }
  return sample;
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(join(from, name), join(to, name));
    else Deno.copyFileSync(join(from, name), join(to, name));
  }
}

const OUT_OF_MEMORY = `(() => { throw new RangeError("Array buffer allocation failed"); })()`;
const AT_START = "/// <reference";

for (
  const { what, module, from, to } of someOf([
    {
      what: "that packs, at work",
      module: "archive/block_worker.ts",
      from: "answerBlockJob(job);",
      to: `${OUT_OF_MEMORY};`,
    },
    {
      what: "that checks, at work",
      module: "library/check_worker.ts",
      from: "answerJobs(event.data, answerCheck)",
      to: `answerJobs(event.data, () => ${OUT_OF_MEMORY})`,
    },
    {
      what: "of the engine, at work",
      module: "engine/worker/worker.ts",
      from: "recordOf(message.request);",
      to: `${OUT_OF_MEMORY};`,
    },
    { what: "that checks, when it starts", module: "library/check_worker.ts", from: AT_START, to: "throw 'died'; //" },
    {
      what: "of the engine, when it starts",
      module: "engine/worker/worker.ts",
      from: AT_START,
      to: "throw 'died'; //",
    },
  ], 1)
) {
  Deno.test({
    name: `onBreakdown: the death of a thread ${what}, is an explained error, and nothing is left`,
    ignore: BINARY !== undefined || navigator.hardwareConcurrency < 2,
    async fn() {
      using program = new BrokenProgram(module, from, to);
      const before = directoryState(program.vpo);
      const { code, stdout, stderr } = await program.backUp();
      assert.equal(code, 40, stdout + stderr);
      const document = JSON.parse(stdout) as { success: boolean; code: string; error: string; hint: string | null };
      assert.equal(document.success, false);
      assert.equal(document.code, "operation_failed");
      assert.match(document.error, /crashed: .*(died|allocation failed)/);
      assert.match(document.hint ?? "", /memory/);
      // Of a module that cannot be loaded Deno itself says that, too.
      if (from !== AT_START) assert.equal(stderr, "");
      const after = directoryState(program.vpo);
      const own = Object.entries(after).filter(([path]) => !/-(wal|shm)$/.test(path));
      assert.deepEqual(Object.fromEntries(own), before);
    },
  });
}

Deno.test("blockWorkersFor: many cores are used as far as the work is worth the memory of their threads", () => {
  const MIB = 1024 * 1024;
  const threads = (mebibytes: number, cores = 16) => blockWorkersFor(mebibytes * MIB, cores);
  assert.deepEqual([1, 5, 9, 50, 150, 260, 1024, 10_000].map((size) => threads(size)), [0, 1, 2, 2, 3, 4, 8, 8]);
  assert.deepEqual([1, 5, 9, 50, 10_000].map((size) => threads(size, 2)), [0, 1, 2, 2, 2]);
  assert.equal(threads(10_000, 1), 1);
});
