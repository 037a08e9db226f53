import assert from "node:assert/strict";
import { licensesOf, type Lock, withoutUnused } from "../../../scripts/build/dependencies.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const IMPORTS = { "@a/used": "npm:@a/used@1.0.0", "tested": "npm:tested@2.0.0", "used": "npm:used@^3" };

const LOCK: Lock = {
  specifiers: { "npm:@a/used@1.0.0": "1.0.0", "npm:tested@2.0.0": "2.0.0", "npm:used@^3": "3.1.0" },
  npm: {
    "@a/used@1.0.0": { dependencies: ["deep"] },
    "deep@4.0.0": { dependencies: ["deeper@5.0.0"] },
    "deeper@5.0.0": { dependencies: ["deep"] },
    "only-tests@6.0.0": {},
    "tested@2.0.0": { dependencies: ["only-tests", "deep"] },
    "used@3.1.0": {},
  },
  workspace: { dependencies: ["npm:@a/used@1.0.0", "npm:tested@2.0.0", "npm:used@^3"] },
};

Deno.test("withoutUnused: keeps the packages that the source imports and what these need", () => {
  const { imports, lock } = withoutUnused(
    IMPORTS,
    LOCK,
    'import { x } from "@a/used/sub";\nimport * as u from "used";\n',
  );
  assert.deepEqual(Object.keys(imports), ["@a/used", "used"]);
  assert.deepEqual(Object.keys(lock.npm), ["@a/used@1.0.0", "deep@4.0.0", "deeper@5.0.0", "used@3.1.0"]);
  assert.deepEqual(Object.keys(lock.specifiers), ["npm:@a/used@1.0.0", "npm:used@^3"]);
  assert.deepEqual(lock.workspace.dependencies, ["npm:@a/used@1.0.0", "npm:used@^3"]);
});

Deno.test("withoutUnused: refuses a package that the lock does not have", () => {
  assert.throws(
    () => withoutUnused({ new: "npm:new@1.0.0" }, LOCK, 'from "new"'),
    /deno\.lock does not have npm:new@1/,
  );
});

Deno.test("licensesOf: has the license of every package, and says which is missing", () => {
  using directory = new TemporaryDirectory();
  const lock = { ...LOCK, npm: { "@a/used@1.0.0": {}, "used@3.1.0": {} } };
  assert.throws(() => licensesOf(directory.path, lock));
  for (const [name, version] of [["@a/used", "1.0.0"], ["used", "3.1.0"]]) {
    const path = `${directory.path}/npm/registry.example/${name}/${version}`;
    Deno.mkdirSync(path, { recursive: true });
    Deno.writeTextFileSync(`${path}/LICENSE.md`, `License of ${name}\n`);
    Deno.writeTextFileSync(`${path}/license.js`, "code");
  }
  const text = licensesOf(directory.path, lock);
  assert.match(text, /^@a\/used@1\.0\.0\n\nLicense of @a\/used\n\n-+\n\nused@3\.1\.0\n\nLicense of used\n$/);
  assert.throws(() => licensesOf(directory.path, LOCK), /deep@4\.0\.0 is not among/);
});
