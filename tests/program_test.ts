import assert from "node:assert/strict";
import fc from "fast-check";
import { shellWord, typedWord } from "../src/program.ts";

Deno.test("typedWord: is quoted as the shells of the system take it, and only where it must be", () => {
  assert.equal(typedWord("C:\\Users\\u\\.vpo", "windows"), "C:\\Users\\u\\.vpo");
  assert.equal(typedWord("C:\\Users\\U & I\\.vpo", "windows"), '"C:\\Users\\U & I\\.vpo"');
  assert.equal(typedWord("/home/u/.vpo", "linux"), "/home/u/.vpo");
  assert.equal(typedWord("/home/u & i", "linux"), "'/home/u & i'");
  assert.equal(typedWord("--allow-read=/home/u", "linux"), "--allow-read=/home/u");
});

Deno.test("typedWord: PowerShell expands nothing in it, and takes no typographic quotation mark for its end", () => {
  assert.equal(typedWord("$(calc).tar.gz", "windows"), '"`$(calc).tar.gz"');
  assert.equal(typedWord("\u201d; calc; \u201c`", "windows"), '"`\u201d; calc; `\u201c``"');
});

Deno.test({
  name: "shellWord: a shell reads it as that one word, whatever it is (property)",
  ignore: Deno.build.os === "windows",
  fn() {
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom(..."'\"`$;&|<>(){}[]*?!~#=\\ \n\ta-") }),
      fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed()),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 20, maxLength: 40 }), (words) => {
        const line = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
        const { stdout } = new Deno.Command("/bin/sh", { args: ["-c", line] }).outputSync();
        assert.deepEqual(new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0").slice(0, -1), words);
      }),
      { numRuns: 10 },
    );
  },
});
