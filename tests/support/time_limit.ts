/**
 * Gives every test a time limit, so that one that waits for ever fails under its name instead of keeping all others
 * from being run. Loaded before the tests: `deno test --preload=tests/support/time_limit.ts`.
 *
 * @module
 */

/** Several times what the slowest test takes on a slow machine. */
const TIME_LIMIT_MS = 300_000;

type Given = string | Partial<Deno.TestDefinition> | Deno.TestDefinition["fn"];
type Test = (...given: Given[]) => void;

function limited(test: Test): Test {
  return new Proxy(test, {
    apply(test, self, given: Given[]) {
      const definition = { timeout: TIME_LIMIT_MS };
      for (const part of given) {
        if (typeof part === "string") Object.assign(definition, { name: part });
        else if (typeof part === "function") Object.assign(definition, { fn: part });
        else Object.assign(definition, part);
      }
      Reflect.apply(test, self, [definition]);
    },
  });
}

Object.defineProperty(Deno, "test", { value: limited(Deno.test as Test) });
