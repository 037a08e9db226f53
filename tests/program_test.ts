import assert from "node:assert/strict";
import fc from "fast-check";
import { namingOptions, shellWord, typedProgram, typedWord } from "../src/program.ts";
import { isInstalled } from "./support/commands.ts";

/** Characters that fish keeps for itself. */
const RESERVED = /[\p{Co}\p{Noncharacter_Code_Point}]/u;

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
  assert.equal(typedWord("@list.tar.gz", "windows"), '"@list.tar.gz"');
});

Deno.test("typedWord: on Windows a backslash at the end does not take the quotation mark into the word", () => {
  assert.equal(typedWord("D:\\My Backups\\", "windows"), '"D:\\My Backups\\\\"');
  assert.equal(typedWord("D:\\", "windows"), "D:\\");
});

Deno.test("typedProgram: PowerShell runs it, and where its path needs quotation marks, the PATH has to know it", () => {
  assert.equal(typedProgram("C:\\vpo\\vpo-backup.exe", "windows"), "C:\\vpo\\vpo-backup.exe");
  assert.equal(typedProgram("C:\\Users\\J S\\vpo-backup.exe", "windows"), "vpo-backup");
  assert.equal(typedProgram("/home/j s/vpo-backup", "linux"), "'/home/j s/vpo-backup'");
});

Deno.test("namingOptions: a path that begins like an option is not taken for one", () => {
  assert.equal(namingOptions({ library: "-x/l.db", directory: "-b" }), " --library=-x/l.db --backup-dir=-b");
  assert.equal(namingOptions({ library: "x-/l.db", directory: null }), " --library x-/l.db");
});

for (const [shell, ...options] of [["/bin/sh"], ["fish", "--no-config"]] as const) {
  Deno.test({
    name: `shellWord: ${shell} reads it as that one word, whatever it is (property)`,
    ignore: Deno.build.os === "windows" || !isInstalled(shell, ...options, "-c", "true"),
    fn() {
      const word = fc.oneof(
        fc.string({ unit: fc.constantFrom(..."'\"`$;&|<>(){}[]*?!~#=\\ \n\ta-") }),
        fc.string({ unit: "binary" }).filter((text) =>
          !text.includes("\0") && text.isWellFormed() && !RESERVED.test(text)
        ),
      );
      fc.assert(
        fc.property(fc.array(word, { minLength: 20, maxLength: 40 }), (words) => {
          const line = `printf '%s\\0' ${words.map(shellWord).join(" ")}`;
          const { stdout } = new Deno.Command(shell, { args: [...options, "-c", line] }).outputSync();
          assert.deepEqual(
            new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0").slice(0, -1),
            words,
          );
        }),
        { numRuns: 10 },
      );
    },
  });
}
