import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { SOURCE, WORKERS } from "../src/workers.ts";
import { TemporaryDirectory } from "./support/temporary.ts";

Deno.test("WORKERS, SOURCE: the modules, and the directory that they are read from", () => {
  for (const module of Object.values(WORKERS)) {
    const path = fileURLToPath(module);
    assert(Deno.statSync(path).isFile);
    assert(path.startsWith(SOURCE ?? "none"));
  }
});

Deno.test("WORKERS, SOURCE: from a server, where modules are no files", async () => {
  using cache = new TemporaryDirectory();
  const text = Deno.readTextFileSync(new URL("../src/workers.ts", import.meta.url));
  const headers = { "content-type": "application/typescript" };
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(text, { headers }),
  );
  const root = `http://127.0.0.1:${server.addr.port}/1.0/src`;
  const code = `const { SOURCE, WORKERS } = await import("${root}/workers.ts");
    console.log(JSON.stringify([SOURCE, WORKERS.engine.href]));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", code],
    env: { DENO_DIR: cache.path },
    stderr: "inherit",
  }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [null, `${root}/engine/worker/worker.ts`]);
});
