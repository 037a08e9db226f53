import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled, run } from "../support/commands.ts";
import { directoryState } from "../support/directory_state.ts";
import { someOf } from "../support/extent.ts";
import { type Package, ReleaseServer, simplePackage } from "../support/release_server.ts";
import { canMount, Mount } from "../support/surroundings/mounts.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/install.sh", import.meta.url));
const TOOLS = ["grep", "sed", "cut", "wc", "ls", "ldd", "mktemp", "rm", "mv", "cp", "mkdir", "chmod", "cat"];
const ARCHIVERS = ["tar", "gzip", "sha256sum", "env", "sh"];

/** A shell to run the installer with, and where it finds its tools. */
interface Shell {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Which program of this name it is to find. */
  tool(name: string): string | null;
}

function which(name: string): string | null {
  const { code, stdout } = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).outputSync();
  return code === 0 ? new TextDecoder().decode(stdout).trim() : null;
}

const SHELLS: readonly Shell[] = Deno.build.os === "windows" ? [] : [
  { name: "dash", command: ["dash"], tool: which },
  { name: "busybox", command: ["busybox", "sh"], tool: (name) => name === "ldd" ? which(name) : which("busybox") },
  { name: "bash", command: ["bash", "--posix"], tool: which },
];

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** All below the prefix: kind, mode and content by path. */
  readonly installed: Readonly<Record<string, string>>;
  readonly asked: readonly string[];
}

interface Machine {
  readonly system?: string;
  readonly processor?: string;
  readonly downloader?: "curl" | "wget";
}

interface Installation {
  readonly args?: readonly string[];
  readonly script?: string;
  readonly cwd?: string;
  readonly umask?: string;
}

/** A machine on which there is nothing but the installer's tools. */
class Sandbox extends TemporaryDirectory {
  readonly prefix = join(this.path, "home", ".local");
  readonly #shell: Shell;

  constructor(shell: Shell, { system = "Linux", processor = "x86_64", downloader = "wget" }: Machine = {}) {
    super();
    this.#shell = shell;
    Deno.mkdirSync(join(this.path, "bin"));
    Deno.mkdirSync(join(this.path, "home"));
    Deno.mkdirSync(join(this.path, "tmp"));
    for (const name of [...TOOLS, ...ARCHIVERS, downloader]) {
      const path = shell.tool(name);
      if (path !== null) Deno.symlinkSync(path, join(this.path, "bin", name));
    }
    const uname = `#!/bin/sh\ncase $1 in -s) echo ${system} ;; -m) echo ${processor} ;; esac\n`;
    Deno.writeTextFileSync(join(this.path, "bin", "uname"), uname, { mode: 0o755 });
  }

  async install(
    releases: string | ReleaseServer,
    { args = [], script = SCRIPT, cwd = this.path, umask = "022" }: Installation = {},
  ): Promise<Run> {
    const [command, ...options] = this.#shell.command;
    const shell = [which(command) ?? command, ...options, script, ...args];
    const { code, stdout, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-c", `umask ${umask}; exec "$@"`, "sh", ...shell],
      cwd,
      clearEnv: true,
      env: {
        PATH: join(this.path, "bin"),
        HOME: join(this.path, "home"),
        TMPDIR: join(this.path, "tmp"),
        VPO_BACKUP_RELEASES: typeof releases === "string" ? releases : releases.url,
      },
    }).output();
    assert.deepEqual(Array.from(Deno.readDirSync(join(this.path, "tmp"))), [], "it leaves no temporary files");
    const text = new TextDecoder();
    return {
      code,
      stdout: text.decode(stdout).replaceAll(this.path, "MACHINE"),
      stderr: text.decode(stderr).replaceAll(this.path, "MACHINE"),
      installed: directoryState(join(this.path, "home")),
      asked: typeof releases === "string" ? [] : releases.asked,
    };
  }
}

function test(shell: Shell, name: string, fn: () => Promise<void>): void {
  const isHere = which(shell.command[0]) !== null;
  Deno.test({ name: `install.sh under ${shell.name}: ${name} (needs ${shell.name})`, ignore: !isHere, fn });
}

async function refused(shell: Shell, packages: readonly Package[], message: RegExp, machine: Machine = {}) {
  await using server = await ReleaseServer.serve(packages);
  using sandbox = new Sandbox(shell, machine);
  const { code, stderr, installed } = await sandbox.install(server);
  assert.equal(code, 1);
  assert.match(stderr, message);
  assert.deepEqual(installed, {});
}

const LINUX = simplePackage("linux-x86_64");

for (const shell of someOf(SHELLS, 1)) {
  test(shell, "installs, says what to add to PATH, installs again, and uninstalls", async () => {
    await using server = await ReleaseServer.serve([simplePackage("linux-aarch64"), LINUX]);
    using sandbox = new Sandbox(shell);
    const { code, stdout, stderr, installed, asked } = await sandbox.install(server);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /\nInstalled vpo-backup 9\.8\.7: MACHINE\/home\/\.local\/bin\/vpo-backup\n/);
    assert.match(stdout, /\n {2}export PATH="MACHINE\/home\/\.local\/bin:\$PATH"\n$/);
    const names = Object.keys(installed).filter((path) => !installed[path]?.startsWith("directory"));
    assert.deepEqual(names.map((path) => path.replace(/^\.?\/?/, "")).sort(), [
      "local/bin/vpo-backup",
      "local/share/man/man1/vpo-backup.1",
      "local/share/zsh/site-functions/_vpo-backup",
    ]);
    assert.equal((Deno.statSync(join(sandbox.prefix, "bin", "vpo-backup")).mode ?? 0) & 0o777, 0o755);
    assert.deepEqual(asked, ["/latest/download/SHA256SUMS", "/latest/download/vpo-backup-9.8.7-linux-x86_64.tar.gz"]);

    const again = await sandbox.install(server, { args: ["--version", "v9.8.7"] });
    assert.deepEqual([again.code, again.installed], [0, installed]);
    assert.equal(asked.at(-1), "/download/v9.8.7/vpo-backup-9.8.7-linux-x86_64.tar.gz");

    const gone = await sandbox.install(server, { args: ["--uninstall"] });
    assert.deepEqual([gone.code, gone.stderr], [0, ""]);
    assert.equal(Object.values(gone.installed).filter((state) => !state.startsWith("directory")).length, 0);
  });

  test(shell, "installs nothing that is not what SHA256SUMS says", async () => {
    const message =
      /^Error: vpo-backup-9\.8\.7-linux-x86_64\.tar\.gz is not what SHA256SUMS says: .*nothing was installed$/m;
    await refused(shell, [{ ...LINUX, wrongSum: "0".repeat(64) }], message);
  });

  test(shell, "installs nothing that does not start", async () => {
    const broken = simplePackage("linux-x86_64", "#!/bin/sh\nexit 1\n");
    await refused(shell, [broken], /^Error: the executable does not start in \S+; nothing was installed$/m);
  });

  test(shell, "says when there is no package, no release, no such option", async () => {
    await refused(shell, [simplePackage("macos-aarch64")], /^Error: .* has no package for linux-x86_64$/m);
    await refused(shell, [LINUX], /^Error: there is no package for linux on riscv64$/m, { processor: "riscv64" });
    await refused(shell, [LINUX], /^Error: there is no package for Plan9$/m, { system: "Plan9" });
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(shell);
    assert.match(
      (await sandbox.install(server, { args: ["--version", "1.2.3"] })).stderr,
      /^Error: cannot download .*v1\.2\.3\/SHA/m,
    );
    assert.match((await sandbox.install("")).stderr, /^Error: this copy does not know where the releases are: /);
    assert.equal((await sandbox.install(server, { args: ["--frobnicate"] })).code, 2);
    assert.match((await sandbox.install(server, { args: ["--prefix"] })).stderr, /^Error: --prefix needs a value$/m);
  });

  test(shell, "cut short anywhere behind its first line, it fails and does nothing", async () => {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(shell);
    const whole = Deno.readFileSync(SCRIPT);
    const first = whole.indexOf("\n".charCodeAt(0)) + 2;
    const ends = [first, whole.length - 3, whole.length - 2];
    for (let at = first; at < whole.length - 2; at += 97) ends.push(at);
    for (const [at, byte] of whole.entries()) if (byte === 10 && at > first && at % 3 === 0) ends.push(at + 1);
    for (const end of ends.filter((end) => end <= whole.lastIndexOf("}".charCodeAt(0)))) {
      const script = sandbox.file("cut.sh", whole.subarray(0, end));
      const { code, installed, asked } = await sandbox.install(server, { script });
      assert.notEqual(code, 0, `${end} bytes`);
      assert.deepEqual([installed, asked], [{}, []], `${end} bytes`);
    }
  });

  test(shell, "a directory in the place of a file is refused, with nothing installed or removed", async () => {
    await using server = await ReleaseServer.serve([LINUX]);
    const places = ["bin/vpo-backup", "share/zsh/site-functions/_vpo-backup", "share/man/man1/vpo-backup.1"];
    for (const place of places) {
      for (const isLink of [false, true]) {
        using sandbox = new Sandbox(shell);
        const path = join(sandbox.prefix, place);
        Deno.mkdirSync(dirname(path), { recursive: true });
        if (isLink) Deno.symlinkSync(sandbox.path, path);
        else Deno.mkdirSync(path);
        const before = directoryState(sandbox.prefix);
        for (const option of [[], ["--uninstall"]]) {
          const { code, stdout, stderr } = await sandbox.install(server, { args: option });
          assert.equal(code, 1, place);
          assert.match(stderr, /^Error: MACHINE\/home\/\.local\/\S+ is a directory: nothing was done with it$/m);
          assert.doesNotMatch(stdout, /^Installed/m);
        }
        assert.deepEqual(directoryState(sandbox.prefix), before);
      }
    }
  });

  test(shell, "follows no link that another has planted", async () => {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(shell);
    const victim = sandbox.file("victim", new TextEncoder().encode("precious"));
    const bin = join(sandbox.prefix, "bin");
    Deno.mkdirSync(bin, { recursive: true });
    for (const name of ["vpo-backup", "vpo-backup.new"]) Deno.symlinkSync(victim, join(bin, name));
    assert.equal((await sandbox.install(server)).code, 0);
    assert.equal(Deno.readTextFileSync(victim), "precious");
    assert(Deno.lstatSync(join(bin, "vpo-backup")).isFile);
    assert.deepEqual(Array.from(Deno.readDirSync(bin), ({ name }) => name).sort(), ["vpo-backup", "vpo-backup.new"]);
    assert.equal((await sandbox.install(server, { args: ["--uninstall"] })).code, 0);
    assert.equal(Deno.readTextFileSync(victim), "precious");
  });

  test(shell, "a relative prefix counts from where it is run, an empty one is refused", async () => {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(shell);
    const home = join(sandbox.path, "home");
    const { code, stdout, stderr } = await sandbox.install(server, { args: ["--prefix", "a b/-c"], cwd: home });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Installed vpo-backup 9\.8\.7: MACHINE\/home\/a b\/-c\/bin\/vpo-backup$/m);
    assert.match(stdout, /export PATH="MACHINE\/home\/a b\/-c\/bin:\$PATH"/);
    assert(Deno.statSync(join(home, "a b", "-c", "bin", "vpo-backup")).isFile);
    for (const option of ["--prefix", "--version"]) {
      const refused = await sandbox.install(server, { args: [option, ""] });
      assert.deepEqual([refused.code, refused.stderr], [1, `Error: ${option} needs a value\n`]);
    }
  });

  test(shell, "what is installed can be read by all, whatever the umask", async () => {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(shell);
    assert.equal((await sandbox.install(server, { umask: "077" })).code, 0);
    const mode = (place: string) => (Deno.statSync(join(sandbox.prefix, place)).mode ?? 0) & 0o777;
    assert.deepEqual([mode("bin/vpo-backup"), mode("share/man/man1/vpo-backup.1")], [0o755, 0o644]);
    assert.equal(mode("bin"), 0o700, "what a home holds is its owner's to show");
    const shared = join(sandbox.path, "shared");
    assert.equal((await sandbox.install(server, { umask: "077", args: ["--prefix", shared] })).code, 0);
    for (const place of ["", "bin", "share", "share/man/man1"]) {
      assert.equal((Deno.statSync(join(shared, place)).mode ?? 0) & 0o777, 0o755, place);
    }
  });

  test(shell, "takes the package of the processor and system", async () => {
    const systems = ["linux-aarch64", "macos-x86_64", "macos-aarch64"];
    const machines: readonly Machine[] = [
      { processor: "aarch64" },
      { system: "Darwin" },
      { system: "Darwin", processor: "arm64" },
    ];
    await using server = await ReleaseServer.serve(systems.map((system) => simplePackage(system)));
    for (const [index, machine] of machines.entries()) {
      using sandbox = new Sandbox(shell, machine);
      const { code, stderr } = await sandbox.install(server);
      assert.deepEqual([code, stderr], [0, ""]);
      assert.equal(server.asked.at(-1), `/latest/download/vpo-backup-9.8.7-${systems[index]}.tar.gz`);
    }
  });
}

Deno.test({
  name: "install.sh: downloads with curl where there is no wget (needs curl and dash)",
  ignore: SHELLS[0] === undefined || which("curl") === null || which("dash") === null,
  async fn() {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(SHELLS[0] as Shell, { downloader: "curl" });
    assert.equal((await sandbox.install(server)).stderr, "");
  },
});

Deno.test({
  name: "install.sh: where nothing may start in the temporary directory it installs all the same (needs root and dash)",
  ignore: !canMount || which("dash") === null,
  async fn() {
    await using server = await ReleaseServer.serve([LINUX]);
    using sandbox = new Sandbox(SHELLS[0] as Shell);
    const temporary = join(sandbox.path, "tmp");
    using _ = Mount.by(temporary, ["mount", "-t", "tmpfs", "-o", "noexec", "none", temporary]);
    assert.equal((await sandbox.install(server)).stderr, "");
    assert.deepEqual(Array.from(Deno.readDirSync(join(sandbox.path, "home")), ({ name }) => name), [".local"]);
  },
});

Deno.test({
  name: "install.sh: shellcheck finds nothing to say (needs shellcheck)",
  ignore: !isInstalled("shellcheck", "--version"),
  async fn() {
    assert.deepEqual(await run("shellcheck", [SCRIPT]), { code: 0, stdout: "", stderr: "" });
  },
});
