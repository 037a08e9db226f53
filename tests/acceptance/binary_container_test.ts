import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { isInstalled, run } from "../support/commands.ts";
import { BINARY } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const FILE = new URL("../../scripts/container/Dockerfile", import.meta.url);
const LIBRARY = new URL("../fixtures/library-v27.db", import.meta.url);
const isRoot = Deno.build.os === "linux" && Deno.uid() === 0;
const canContain = isRoot && isInstalled("unshare", "--mount", "--net", "--pid", "--fork", "true");

/** The libraries in the base image: those of glibc and GCC's runtime. */
const BASE_LIBRARIES = /^(linux-vdso|ld-linux-[\w-]+|libc|libm|libdl|librt|libpthread|libgcc_s)\.so\.\d+$/;

/** What the Dockerfile sets, by instruction. */
function instructions(): Map<string, string> {
  const lines = Deno.readTextFileSync(FILE).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

Deno.test("Dockerfile: nothing is run or downloaded to build it, and its user is not root", () => {
  const found = instructions();
  assert.deepEqual([...found.keys()], ["FROM", "COPY", "ENV", "USER", "VOLUME", "ENTRYPOINT", "CMD"]);
  assert.match(found.get("USER") ?? "", /^[1-9]\d*:[1-9]\d*$/);
  assert.match(found.get("COPY") ?? "", /^--chmod=755 dist\/vpo-backup /);
  for (const name of ["VOLUME", "ENTRYPOINT", "CMD"]) assert(Array.isArray(JSON.parse(found.get(name) ?? "")));
});

Deno.test("Dockerfile, compose.yaml: VPO's directory is mounted where its settings are looked for", () => {
  const found = instructions();
  assert.match(found.get("ENV") ?? "", /(^| )HOME=\/vpo( |$)/);
  assert.deepEqual(JSON.parse(found.get("VOLUME") ?? ""), ["/vpo/.vpo", "/backups"]);
  assert(Deno.readTextFileSync(new URL("compose.yaml", FILE)).includes("\n      - vpo:/vpo/.vpo\n"));
});

Deno.test("Dockerfile, compose.yaml: the library is named, for VPO's settings name it as VPO's own container has it", () => {
  assert.match(instructions().get("ENV") ?? "", /(^| )VPO_DATABASE_PATH=\/vpo\/\.vpo\/library\.db( |$)/);
  const compose = Deno.readTextFileSync(new URL("compose.yaml", FILE));
  assert(compose.includes("\n    environment:\n      VPO_DATABASE_PATH: /vpo/.vpo/library.db\n"));
});

/** Libraries that the executable asks the system for, by their paths. */
async function librariesOf(executable: string): Promise<string[]> {
  const { stdout } = await run("ldd", [executable]);
  return stdout.split("\n").flatMap((line) => /(\/\S+) \(0x/.exec(line)?.[1] ?? []);
}

/** Runs the image's entry point in a root that has what the image has: no network, no capability, nothing writable. */
async function runContained(root: string, user: string, env: Record<string, string>, args: readonly string[]) {
  const script = [
    'mount -o bind "$0" "$0" && mount -o bind "$0/vpo/.vpo" "$0/vpo/.vpo" && mount -o bind "$0/backups" "$0/backups"',
    'mount -t proc proc "$0/proc" && mount -t tmpfs none "$0/dev" && mount -o remount,bind,ro "$0"',
    // Devices of its own: those of the machine must never stand in a directory that is removed.
    'for device in null:3 zero:5 random:8 urandom:9; do mknod -m 666 "$0/dev/${device%:*}" c 1 "${device#*:}"; done',
    'user=$1 && shift && exec chroot --userspec="$user" "$0" /usr/local/bin/vpo-backup "$@"',
  ].join(" && ");
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["--mount", "--net", "--pid", "--fork", "sh", "-c", script, root, user, ...args],
    clearEnv: true,
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...env },
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test({
  name: "container: in a root with no more than the image's, read-only and without network, it backs up and restores " +
    "(needs an executable: VPO_BACKUP_BIN, root and unshare)",
  ignore: BINARY === undefined || !canContain,
  async fn() {
    using directory = new TemporaryDirectory();
    const root = join(directory.path, "image");
    for (const path of ["proc", "dev", "vpo/.vpo", "backups", "usr/local/bin"]) {
      Deno.mkdirSync(join(root, path), { recursive: true });
    }
    Deno.copyFileSync(BINARY ?? "", join(root, "usr/local/bin/vpo-backup"));
    for (const library of await librariesOf(BINARY ?? "")) {
      assert.match(library.split("/").at(-1) ?? "", BASE_LIBRARIES);
      Deno.mkdirSync(join(root, dirname(library)), { recursive: true });
      Deno.copyFileSync(library, join(root, library));
    }
    Deno.copyFileSync(LIBRARY, join(root, "vpo/.vpo", "library.db"));
    const [uid = 0, gid = 0] = (instructions().get("USER") ?? "").split(":").map(Number);
    Deno.writeTextFileSync(join(root, "vpo/.vpo", "config.toml"), 'database_path = "/data/library.db"\n');
    const owned = ["vpo/.vpo", "vpo/.vpo/library.db", "vpo/.vpo/config.toml", "backups"];
    for (const path of owned) Deno.chownSync(join(root, path), uid, gid);
    Deno.chmodSync(directory.path, 0o755);
    const env = Object.fromEntries((instructions().get("ENV") ?? "").split(" ").map((pair) => pair.split("=")));

    for (const args of [["backup", "--make-dir"], ["backups"], ["restore", "latest", "--yes"], ["undo", "--yes"]]) {
      const { code, stdout, stderr } = await runContained(root, `${uid}:${gid}`, env, [...args, "--json"]);
      assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
      if (args[0] !== "backup") continue;
      assert.deepEqual((JSON.parse(stdout) as { settings: unknown }).settings, { count: 1, total_bytes: 35 });
    }
    const refused = await runContained(root, `${uid}:${gid}`, env, ["backup", "--make-dir", "--output", "/elsewhere"]);
    assert.equal(refused.code, 40, refused.stdout + refused.stderr);
    assert.match(refused.stderr, /the file system at "\/elsewhere" is read-only/);
    assert.equal(Array.from(Deno.readDirSync(join(root, "backups"))).length, 2, "an archive and the marker");
  },
});
