import assert from "node:assert/strict";
import { join } from "node:path";
import { cronFiles, cronLines } from "../../../src/cli/schedule/cron.ts";
import type { Plan } from "../../../src/cli/schedule/plan.ts";
import { isInstalled, run } from "../../support/commands.ts";
import { NIGHTLY } from "../../support/plans.ts";
import { putStub } from "../../support/stub.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const SH = ["/bin/sh"] as const;

/** A `crontab` that keeps its lines in a file of this directory, and the files of schedules beside it. */
class Crontab {
  readonly #directory: TemporaryDirectory;
  readonly #file: string;

  /** @param says what it says where there is none */
  constructor(directory: TemporaryDirectory, says = "no crontab for u") {
    this.#directory = directory;
    this.#file = directory.file("stored");
    const none = `echo "${says}" >&2; exit 1`;
    const stub = `#!/bin/sh\ncase $1 in -l) [ -e stored ] || { ${none}; }; cat stored;; -) cat > stored;; esac\n`;
    Deno.writeTextFileSync(directory.file("crontab"), stub, { mode: 0o755 });
  }

  /** Types what follows the writing of the schedule's file, and returns how that ended. */
  async install(
    plan: Plan,
    edit: (text: string) => string = (text) => text,
    shell: readonly [string, ...string[]] = SH,
  ): Promise<number> {
    const { files, next } = cronFiles(plan);
    // A control character would not be printed as it is.
    assert(next("/a").every((line) => !/\p{Cc}/u.test(line)));
    const directory = this.#directory.file("a 'b=c");
    Deno.mkdirSync(directory, { recursive: true });
    for (const { name, text } of files) Deno.writeTextFileSync(join(directory, name), edit(text));
    const typed = `cd '${this.#directory.path}' && export PATH="$PWD:$PATH"\n${next(directory).join("\n")}`;
    const [program, ...args] = shell;
    return (await run(program, [...args, "-c", typed])).code;
  }

  /** Each byte as a character. */
  get lines(): string[] {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(this.#file));
    assert(text.endsWith("\n"));
    return text.slice(0, -1).split("\n");
  }

  set lines(lines: readonly string[]) {
    Deno.writeFileSync(this.#file, Uint8Array.from(lines.map((line) => `${line}\n`).join(""), (c) => c.charCodeAt(0)));
  }
}

function jobLines(plan: Plan): string[] {
  return cronLines(plan).split("\n").filter((line) => /^\d/.test(line));
}

/** With a byte that is no UTF-8, at which some tools stop or take all for binary. */
const OTHERS = [
  "# mine: vpo-backup",
  "MAILTO=me@example.org",
  "#",
  "",
  "1 2 * * * echo caf\xe9 100\\% 'a\\tb'",
  "30 3 * * * vpo-backup backup --quiet",
  "0 1 * * * true # vpo-backup",
  "@reboot  true # vpo-backup ee477826 of mine",
];

Deno.test({
  name:
    "cronFiles: the lines, and what gets them into a crontab in the place of an earlier schedule's, and of no others",
  // Windows has no crontab, and other paths.
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    assert.deepEqual(cronFiles(NIGHTLY).files, [{ name: "vpo-backup.cron", text: cronLines(NIGHTLY) }]);
    const crontab = new Crontab(directory);
    assert.equal(await crontab.install(NIGHTLY), 0);
    assert.deepEqual(crontab.lines, jobLines(NIGHTLY), "where there was no crontab");
    const another = { ...NIGHTLY, library: "/srv/library.db" };
    crontab.lines = [...OTHERS, ...jobLines(NIGHTLY), "# after", ...jobLines(another), "2 2 * * * true"];
    const gentler = { ...NIGHTLY, keep: ["--keep-last", "99"], every: "hourly" as const };
    const others = [...OTHERS, "# after", ...jobLines(another), "2 2 * * * true"];
    for (let times = 0; times < 2; times++) {
      assert.equal(await crontab.install(gentler), 0);
      assert.deepEqual(crontab.lines, [...others, ...jobLines(gentler)]);
    }
    const addressed = (text: string) => text.replace("#MAILTO=you@example.org", "MAILTO=me@example.org");
    assert.equal(await crontab.install(gentler, addressed), 0);
    assert.deepEqual(crontab.lines, [...others, "MAILTO=me@example.org", ...jobLines(gentler)]);
  },
});

Deno.test({
  name: "cronFiles: the crontab stays as it is where a tool for changing it fails",
  ignore: Deno.build.os === "windows",
  async fn() {
    using directory = new TemporaryDirectory();
    const crontab = new Crontab(directory);
    crontab.lines = OTHERS;
    putStub(directory.file("awk"), 1);
    assert.notEqual(await crontab.install(NIGHTLY), 0);
    assert.deepEqual(crontab.lines, OTHERS);
  },
});

Deno.test({
  name: "cronFiles: a crontab that is there but cannot be read is not replaced; whoever has none gets one",
  ignore: Deno.build.os === "windows",
  async fn() {
    const none = [
      "no crontab for u",
      "crontab: no crontab for u",
      "crontab: can't open 'u': No such file or directory",
    ];
    for (const says of none) {
      using directory = new TemporaryDirectory();
      const crontab = new Crontab(directory, says);
      assert.equal(await crontab.install(NIGHTLY), 0, says);
      assert.deepEqual(crontab.lines, jobLines(NIGHTLY));
    }
    using directory = new TemporaryDirectory();
    const crontab = new Crontab(directory);
    crontab.lines = [...OTHERS, "echo no crontab for u"];
    const before = crontab.lines;
    const denying = "#!/bin/sh\ncase $1 in -l) echo u: Permission denied >&2; exit 1;; -) cat > stored;; esac\n";
    Deno.writeTextFileSync(directory.file("crontab"), denying, { mode: 0o755 });
    assert.notEqual(await crontab.install(NIGHTLY), 0);
    assert.deepEqual(crontab.lines, before);
  },
});

for (const shell of [["bash", "-o", "pipefail"], ["fish", "--no-config"]] as const) {
  Deno.test({
    name: `cronFiles: what is to be typed does the same in ${shell.join(" ")}`,
    ignore: Deno.build.os === "windows" || !isInstalled(shell[0], "--version"),
    async fn() {
      using directory = new TemporaryDirectory();
      const crontab = new Crontab(directory);
      for (let times = 0; times < 2; times++) {
        assert.equal(await crontab.install(NIGHTLY, (text) => text, shell), 0);
        assert.deepEqual(crontab.lines, jobLines(NIGHTLY));
      }
    },
  });
}
