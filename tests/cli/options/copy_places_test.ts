import assert from "node:assert/strict";
import { join } from "node:path";
import { someOf, testMore } from "../../support/extent.ts";
import { ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

const HOUR = 3600;

/** A home with a fresh backup, and another in `usb`, which the configuration names as a place for copies if it is to. */
async function withUsb(isInFile: boolean): Promise<{ home: Home; usb: string }> {
  const home = Home.withLibrary();
  const usb = join(home.path, "usb");
  await putBackups(home, ago(2 * HOUR));
  Deno.renameSync(home.backups, usb);
  await putBackups(home, ago(HOUR));
  if (isInFile) putRules(home, `copy_to = [${JSON.stringify(usb)}]`);
  return { home, usb };
}

function putRules(home: Home, ...lines: readonly string[]): void {
  Deno.writeTextFileSync(join(home.vpo, "backup.toml"), lines.join("\n"), { mode: 0o600 });
}

testMore(
  "copyPlaces: a disk that the file names can be looked at, and backed up to, as the backup directory",
  async () => {
    const { home, usb } = await withUsb(true);
    using _ = home;
    const commands = [["status"], ["doctor"], ["report", "-o", "page.html"], ["backups", "--all-places"], ["backup"]];
    for (const args of someOf(commands, 3)) {
      const { code, stderr } = await home.run([...args, "--backup-dir", usb]);
      assert([0, 60].includes(code), `${args.join(" ")}: ${code}, ${stderr}`);
      assert.doesNotMatch(stderr, /Cannot copy/);
    }
    const { code, stdout } = await home.run(["backup", "-o", usb, "--json"]);
    assert.equal(code, 0);
    assert.deepEqual((JSON.parse(stdout) as { copies?: unknown[] }).copies ?? [], []);
  },
);

testMore("copyPlaces: a disk that the variable names can be backed up to, and others still get copies", async () => {
  const { home, usb } = await withUsb(false);
  using _ = home;
  const env = { VPO_BACKUP_COPY_TO: [usb, home.backups].join(Deno.build.os === "windows" ? ";" : ":") };
  const { code, stdout } = await home.run(["backup", "--backup-dir", usb, "--json"], { env });
  assert.equal(code, 0);
  const { copies } = JSON.parse(stdout) as { copies: { directory: string }[] };
  assert.deepEqual(copies.map(({ directory }) => directory), [home.backups]);
});

testMore(
  "copyPlaces: a configuration by which there would never be a copy is refused, with what to change",
  async () => {
    const { home, usb } = await withUsb(true);
    using _ = home;
    putRules(home, `backup_dir = ${JSON.stringify(usb)}`, `copy_to = [${JSON.stringify(usb)}]`);
    const file = await home.run(["backup"]);
    assert.deepEqual([file.code, file.stdout], [2, ""]);
    assert.equal(
      home.masked(file.stderr),
      'Error: Cannot copy backups to "HOME/usb": it is the backup directory itself\n' +
        'Name a directory on another disk as copy_to in "HOME/.vpo/backup.toml".\n',
    );
    putRules(home);
    const env = { VPO_BACKUP_DIR: usb, VPO_BACKUP_COPY_TO: usb };
    const variable = await home.run(["backup"], { env });
    assert.deepEqual([variable.code, variable.stdout], [2, ""]);
    assert.match(variable.stderr, /\nName a directory on another disk in VPO_BACKUP_COPY_TO\.\n$/);
  },
);
