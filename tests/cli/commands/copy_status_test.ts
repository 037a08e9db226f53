import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { ago, flipBit, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";

const DAY = 86_400;

interface StatusDocument {
  readonly reasons: readonly { readonly code: string; readonly message: string }[];
  readonly copies: readonly {
    readonly state: string;
    readonly concern: string | null;
    readonly newest: { readonly age_seconds: number } | null;
  }[];
}

/** A home with a fresh backup, and a place `usb` whose newest copy is so many days old. */
async function withCopyOf(days: number): Promise<Home> {
  const home = Home.withLibrary();
  await putBackups(home, ago(days * DAY));
  Deno.renameSync(home.backups, join(home.path, "usb"));
  await putBackups(home, ago(3600));
  return home;
}

/** The exit code, and what is told of the one place. */
async function look(home: Home, ...args: string[]) {
  const { code, stdout } = await home.run(["status", "--json", "--copy-to", "usb", ...args]);
  const { copies: [copy], reasons } = JSON.parse(stdout) as StatusDocument;
  return { code, state: copy?.state, concern: copy?.concern, reasons: reasons.map(({ code }) => code) };
}

Deno.test("judgeCopy: a copy may be eight days old; over that is a warning, over twice that critical", async () => {
  const present = { state: "present" } as const;
  using young = await withCopyOf(7);
  assert.deepEqual(await look(young), { code: 0, ...present, concern: null, reasons: [] });
  const critical = { code: 61, ...present, concern: "copy_too_old", reasons: ["copy_too_old"] };
  assert.deepEqual(await look(young, "--copy-max-age", "3d"), critical);
  using old = await withCopyOf(9);
  assert.deepEqual(await look(old), { code: 60, ...present, concern: "copy_old", reasons: ["copy_old"] });
  assert.equal((await look(old, "--copy-max-age", "2w")).code, 0);
  using tooOld = await withCopyOf(17);
  assert.deepEqual(await look(tooOld), critical);
});

testMore("readCopies: a place without a copy is as one whose copy is too old, be its disk there or not", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600));
  const concern = { code: 61, concern: "no_copy", reasons: ["no_copy"] };
  assert.deepEqual(await look(home), { ...concern, state: "absent" });
  Deno.mkdirSync(join(home.path, "usb"));
  assert.deepEqual(await look(home), { ...concern, state: "absent" });
});

testMore("readCopies: of a disk that is unplugged the backup directory knows how old its newest copy is", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "--copy-to", "usb", "--make-dir", "-q"])).code, 0);
  Deno.renameSync(join(home.path, "usb"), join(home.path, "unplugged"));
  assert.deepEqual(await look(home), { code: 0, state: "absent", concern: null, reasons: [] });
  const { stdout } = await home.run(["status", "--copy-to", "usb"]);
  assert.match(
    home.masked(stdout),
    /; the newest copy in "HOME\/usb" \(its disk is not there\) is \d+ seconds? old \(/,
  );

  const record = join(home.backups, ".vpo-backup-copies");
  const earlier = ago(10 * DAY).toISOString();
  Deno.writeTextFileSync(
    record,
    Deno.readTextFileSync(record).replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/, `${earlier}"`),
  );
  assert.deepEqual(await look(home), { code: 60, state: "absent", concern: "copy_old", reasons: ["copy_old"] });
  Deno.writeTextFileSync(record, "{");
  assert.equal((await look(home)).concern, "no_copy");
});

testMore({
  name:
    "recordCopy: a record that cannot be read is not replaced, and what was copied is unknown (needs setpriv as root)",
  ignore: cannotObeyModes() !== null,
  async fn() {
    using home = Home.withLibrary();
    const backup = (place: string) =>
      home.run(["backup", "--copy-to", place, "--make-dir"], { through: OBEYING_MODES });
    assert.equal((await backup("usb")).code, 0);
    Deno.renameSync(join(home.path, "usb"), join(home.path, "unplugged"));
    const record = join(home.backups, ".vpo-backup-copies");
    const before = Deno.readTextFileSync(record);
    Deno.chmodSync(record, 0);
    const { code, stderr } = await backup("nas");
    assert.equal(code, 0);
    assert.match(stderr, /^Warning: the copy ".*" could not be recorded for status: Permission denied/m);
    assert.equal(Deno.readTextFileSync(record), before);
    const { code: warned, stdout } = await home.run(["status", "--copy-to", "usb"], { through: OBEYING_MODES });
    assert.equal(warned, 60);
    assert.match(
      home.masked(stdout),
      /nobody can tell whether there is a good copy in "HOME\/usb" \(its disk is not there\): ".*copies" cannot be read: /,
    );
    const { stdout: doctor } = await home.run(["doctor", "--copy-to", "usb"], { through: OBEYING_MODES });
    assert.match(
      doctor,
      /usb: its disk is not there; nobody can tell whether it has a good copy; ".*" cannot be read: /,
    );
  },
});

testMore("readCopies: of a disk that is unplugged the copies of other libraries do not count", async () => {
  using home = Home.withLibrary();
  const other = join(home.path, "other.db");
  Deno.copyFileSync(home.library, other);
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  const copying = ["backup", "--library", other, "--copy-to", "usb", "--make-dir", "-q"];
  assert.equal((await home.run(copying)).code, 0);
  Deno.renameSync(join(home.path, "usb"), join(home.path, "unplugged"));
  assert.equal((await look(home)).concern, "no_copy");
  assert.equal((await look(home, "--library", other)).concern, null);
});

testMore("readCopies: a copy from the future is none that is young, be its disk there or not", async () => {
  using there = await withCopyOf(-30);
  const unreadable = { code: 60, concern: "copy_unreadable", reasons: ["copy_unreadable"] };
  assert.deepEqual(await look(there), { ...unreadable, state: "present" });

  using away = Home.withLibrary();
  await putBackups(away, ago(3600));
  const record = {
    directory: join(Deno.realPathSync(away.path), "usb"),
    filename: "vpo-library-2099-01-01T00-00-00Z.tar.gz",
  };
  const copies = [{ ...record, created_at: "2099-01-01T00:00:00Z", library_path: Deno.realPathSync(away.library) }];
  Deno.writeTextFileSync(join(away.backups, ".vpo-backup-copies"), JSON.stringify({ copies }));
  assert.deepEqual(await look(away), { code: 61, state: "absent", concern: "no_copy", reasons: ["no_copy"] });
});

Deno.test("readCopies: a disk that is there is judged by what is on it, and a damaged copy is none", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["backup", "--copy-to", "usb", "--make-dir", "-q"])).code, 0);
  const place = join(home.path, "usb");
  for (const { name } of Deno.readDirSync(place)) if (name.endsWith(".tar.gz")) flipBit(join(place, name));
  assert.deepEqual(await look(home), { code: 61, state: "present", concern: "no_copy", reasons: ["no_copy"] });
});

testMore("judgeCopyPlaces: doctor tries each place, and says of one on the same disk that it is", async () => {
  using home = await withCopyOf(9);
  const { code, stdout } = await home.run(["doctor", "--copy-to", "usb", "--copy-to", "none"]);
  assert.equal(code, 61);
  const lines = home.masked(stdout).split("\n").filter((line) => line.includes("Copies"));
  assert.deepEqual(lines, [
    "warning  Copies       HOME/usb: it can be written to; the newest copy is 9 days old",
    "warning  Copies       HOME/usb: it is on the same disk as the backup directory",
    "problem  Copies       HOME/none: its disk is not there; no good copy is known",
  ]);
});
