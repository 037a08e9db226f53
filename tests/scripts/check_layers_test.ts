import assert from "node:assert/strict";
import { join } from "node:path";
import { checkLayers, checkLengths } from "../../scripts/check_layers.ts";

function withSources(sources: Readonly<Record<string, string>>, check: (root: string) => void): void {
  const root = Deno.makeTempDirSync();
  try {
    for (const [file, source] of Object.entries(sources)) {
      Deno.mkdirSync(join(root, file, ".."), { recursive: true });
      Deno.writeTextFileSync(join(root, file), source);
    }
    check(root);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

Deno.test("checkLayers: the source keeps to the layers", () => {
  assert.deepEqual(checkLayers(), []);
});

Deno.test("checkLayers: finds an import that leads upward, a type too", () => {
  withSources({
    "store/a.ts": 'import type { Run } from "../cli/run.ts";\n',
    "cli/run.ts": 'import {\n  read,\n} from "../archive/read.ts";\n',
    "archive/read.ts": "",
  }, (root) => {
    assert.deepEqual(checkLayers(root).toSorted(), [
      "cli/run.ts must not import archive/read.ts",
      "store/a.ts must not import cli/run.ts",
    ]);
  });
});

Deno.test("checkLayers: everything may import a leaf, which imports nothing", () => {
  withSources({
    "store/a.ts": 'import { PROGRAM } from "../program.ts";\n',
    "grants.ts": 'import { PROGRAM } from "./program.ts";\n',
    "program.ts": 'import "./ports.ts";\n',
    "ports.ts": "",
  }, (root) => {
    assert.deepEqual(checkLayers(root), ["program.ts must not import ports.ts"]);
  });
});

Deno.test("checkLayers: finds a cycle", () => {
  withSources({
    "engine/a.ts": 'export { b } from "./b.ts";\n',
    "engine/b.ts": 'import "./c.ts";\nimport { a } from "./a.ts";\n',
  }, (root) => {
    assert.deepEqual(checkLayers(root), ["cycle: engine/a.ts -> engine/b.ts -> engine/a.ts"]);
  });
});

Deno.test("checkLayers: sees what a module loads later", () => {
  withSources({
    "output/log/log.ts": 'const { write } = await import("../../store/publish.ts");\n',
    "store/publish.ts": "",
  }, (root) => {
    assert.deepEqual(checkLayers(root), ["output/log/log.ts must not import store/publish.ts"]);
  });
});

Deno.test("checkLayers: a room within a room has its own say", () => {
  withSources({
    "cli/run.ts": 'import "../engine/protocol/mod.ts";\nimport "../engine/backup/pack.ts";\n',
    "engine/protocol/mod.ts": 'import "../backup/pack.ts";\n',
    "engine/backup/pack.ts": "",
  }, (root) => {
    assert.deepEqual(checkLayers(root).toSorted(), [
      "cli/run.ts must not import engine/backup/pack.ts",
      "engine/protocol/mod.ts must not import engine/backup/pack.ts",
    ]);
  });
});

Deno.test("checkLayers: finds a room with too many files, and a file that is too long", () => {
  const files = Array.from(
    { length: 17 },
    (_, index) => [`store/file${index}.ts`, "\n".repeat(index === 3 ? 301 : 300)],
  );
  withSources(Object.fromEntries(files), (root) => {
    assert.deepEqual(checkLayers(root), [
      "store has 17 files, more than 16",
      "store/file3.ts has 301 lines, more than 300",
    ]);
  });
});

Deno.test("checkLengths: the tests and scripts have no file that is too long", () => {
  assert.deepEqual(checkLengths(), []);
});

Deno.test("checkLengths: finds a file of tests or scripts that is too long, and leaves alone what is no program", () => {
  const [longest, tooLong] = ["\n".repeat(300), "\n".repeat(301)];
  withSources({
    "scripts/build/pack.ts": tooLong,
    "scripts/build.ts": longest,
    "tests/cli/run_test.ts": tooLong,
    "tests/fixtures/files.json": tooLong,
  }, (project) => {
    assert.deepEqual(checkLengths(project), [
      "scripts/build/pack.ts has 301 lines, more than 300",
      "tests/cli/run_test.ts has 301 lines, more than 300",
    ]);
  });
});
