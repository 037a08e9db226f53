import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { dateOf, renewed } from "../../scripts/man.ts";
import { readCommandLine } from "../../scripts/man/commands.ts";
import { manualPage } from "../../scripts/man/page.ts";
import { ERRORS } from "../../src/errors.ts";
import { isInstalled, run } from "../support/commands.ts";
import { testMore } from "../support/extent.ts";
import { runHere } from "../support/run_here.ts";

const PATH = fileURLToPath(new URL("../../scripts/man/vpo-backup.1", import.meta.url));
const PAGE = Deno.readTextFileSync(PATH);

Deno.test("manual page: is current", () => {
  assert.equal(renewed(PAGE, "2000-01-01"), PAGE, "run: deno task man");
});

testMore("renewed: the date changes with the page and not without", () => {
  assert.equal(dateOf(renewed("", "2026-02-05")), "2026-02-05");
  assert.equal(renewed(manualPage("2026-02-05"), "2026-03-01"), manualPage("2026-02-05"));
  assert.equal(renewed(`${manualPage("2026-02-05")}.PP\n`, "2026-03-01"), manualPage("2026-03-01"));
});

Deno.test("manual page: has every command and exit status, and every option that the help has", async () => {
  const plain = PAGE.replaceAll("\\-", "-");
  const { stdout: help } = await runHere(["--help"]);
  const listed = Array.from(help.matchAll(/^ {2}([a-z][\w-]*) /gm), ([, name = ""]) => name).filter((name) =>
    name !== "help"
  );
  const commands = readCommandLine().commands.map(({ name }) => name);
  assert.deepEqual([...new Set(commands.map((name) => name.split(" ")[0]))], listed.filter((name) => name !== "never"));
  for (const name of commands) {
    const [, section = ""] = plain.split(`\n.SS "${name}"\n`);
    const own = section.split(/^\.S[HS] /m)[0] ?? "";
    const [, globals = ""] = plain.split('\n.SH "OPTIONS"\n');
    const { stdout } = await runHere([...name.split(" "), "--help"]);
    const options = Array.from(stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm), ([, option = ""]) => option);
    assert(options.length > 0);
    for (const option of options) assert(`${own}${globals}`.includes(`\\fB${option}\\fR`), `${name} ${option}`);
  }
  for (const { exit } of Object.values(ERRORS)) assert(plain.includes(`\n\\fB${exit}\\fR\n`), String(exit));
});

Deno.test("manual page: text that troff would obey stands for itself", () => {
  const description = ".so /etc/passwd \\fB 'quoted' --dash";
  const odd = { name: "odd", aliases: [], operands: [], description, groups: [], examples: [".x", "'y"] };
  const page = manualPage("2026-02-05", { commands: [odd], globals: [] });
  assert(page.includes("\n\\&.so /etc/passwd \\efB 'quoted' \\-\\-dash\n"));
  assert(page.includes("\n.EX\n\\&.x\n\\&'y\n.EE\n"));
});

Deno.test({
  name: "manual page: mandoc finds nothing to say (needs mandoc)",
  ignore: !isInstalled("mandoc", PATH),
  async fn() {
    assert.deepEqual(await run("mandoc", ["-T", "lint", PATH]), { code: 0, stdout: "", stderr: "" });
  },
});

Deno.test({
  name: "manual page: man shows it without a warning (needs man with -l)",
  ignore: !isInstalled("man", "-l", PATH),
  async fn() {
    const { code, stdout, stderr } = await run("man", ["--warnings", "-l", PATH]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^VPO-BACKUP\(1\)/);
    assert.match(stdout, /^EXIT STATUS$/m);
  },
});
