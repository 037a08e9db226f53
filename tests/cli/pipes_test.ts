import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../support/extent.ts";
import { Home } from "../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../support/modes.ts";
import { BINARY, narrowPermissions, programCommand, type Surroundings } from "../support/program.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

async function archiveOf(home: Home): Promise<Uint8Array<ArrayBuffer>> {
  assert.equal((await home.run(["backup", "-q", "-o", "sent.tar.gz"])).code, 0);
  return Deno.readFileSync(join(home.path, "sent.tar.gz"));
}

/** Runs a command that reads or sends an archive, which has to succeed. */
async function succeeds(args: readonly string[], input: Uint8Array<ArrayBuffer>, where: Surroundings) {
  const command = programCommand(args, where);
  const streams = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const process = new Deno.Command(command.program, {
    args: [...command.args],
    env: { ...command.env },
    clearEnv: true,
    cwd: command.cwd,
    ...streams,
  }).spawn();
  const writer = process.stdin.getWriter();
  const written = writer.write(input).then(() => writer.close()).catch(() => {});
  const { code, stderr } = await process.output();
  await written;
  assert.equal(code, 0, `${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

testMore("pipePlaces: a backup.toml that cannot be used keeps nobody from repairing it through a pipe", async () => {
  using home = Home.withLibrary();
  home.file(".vpo/backup.toml", new TextEncoder().encode("keep_last = 3\n"));
  const archive = await archiveOf(home);
  home.file(".vpo/backup.toml", new TextEncoder().encode("keep_last = ["));
  for (const args of [["verify", "-"], ["show", "-"], ["restore", "-", "--settings-only", "--yes"]]) {
    await succeeds(args, archive, { home: home.path });
  }
  assert.equal(Deno.readTextFileSync(join(home.vpo, "backup.toml")), "keep_last = 3\n");
});

testMore({
  name: "pipePlaces: the library's directory will do where nothing else is in the sandbox",
  // An executable has its own permissions.
  ignore: BINARY !== undefined,
  async fn() {
    using home = Home.withLibrary();
    using elsewhere = new TemporaryDirectory();
    const archive = await archiveOf(home);
    const permissions = narrowPermissions([home.path], [home.path]);
    for (const args of [["verify", "-"], ["show", "-"], ["backup", "-o", "-"]]) {
      await succeeds(args, archive, { home: home.path, cwd: elsewhere.path, permissions });
    }
  },
});

testMore({
  name: "pipePlaces: the current directory may be below one that is closed to this user (needs setpriv as root)",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = Home.withLibrary();
    const archive = await archiveOf(home);
    const cwd = join(home.path, "closed", "deeper");
    Deno.mkdirSync(cwd, { recursive: true });
    const through = ["sh", "-c", 'cd closed/deeper && chmod 0 .. && exec "$@"', "sh", ...OBEYING_MODES];
    for (const args of [["verify", "-"], ["backup", "-o", "-"]]) {
      await succeeds(args, archive, { home: home.path, through });
      Deno.chmodSync(join(home.path, "closed"), 0o700);
    }
  },
});

Deno.test({
  name: "withArchiveToOutput: a full disk behind standard output is one, and what is on it no archive",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using home = Home.withLibrary();
    const through = ["sh", "-c", 'exec "$@" >/dev/full', "sh"];
    const { code, stderr } = await home.run(["backup", "-o", "-"], { through });
    assert.equal(
      stderr.slice(stderr.indexOf("Error: ")),
      "Error: Cannot write the archive to standard output: the disk is full\n" +
        "What was written is not the whole archive: throw it away.\n",
    );
    assert.equal(code, 44);
  },
});
