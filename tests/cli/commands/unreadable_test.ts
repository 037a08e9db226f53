import assert from "node:assert/strict";
import { join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { age, ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";
import { cannotObeyModes, OBEYING_MODES } from "../../support/modes.ts";

const DAY = 86_400;

/** A home with three backups, the newest of which nobody may read. */
async function homeWithUnreadable(): Promise<{ home: Home; names: string[]; [Symbol.dispose](): void }> {
  const home = Home.withLibrary();
  const names = await putBackups(home, ago(3600), ago(DAY), ago(2 * DAY));
  const path = join(home.backups, names[0] ?? "");
  age(path, 5);
  Deno.chmodSync(path, 0o000);
  return { home, names, [Symbol.dispose]: () => home[Symbol.dispose]() };
}

const ignore = cannotObeyModes() !== null;

async function run(home: Home, ...args: string[]) {
  const { code, stdout, stderr } = await home.run(args, { through: OBEYING_MODES });
  return { code, document: JSON.parse(stdout) as Record<string, unknown>, stderr };
}

Deno.test({
  name: "backups: what this user may not read is unreadable and not damaged (needs setpriv where root runs the tests)",
  ignore,
  async fn() {
    using made = await homeWithUnreadable();
    const { home, names } = made;
    const plain = await home.run(["backups"], { through: OBEYING_MODES });
    assert.match(plain.stdout, new RegExp(`^${names[0]} .* unreadable$`, "m"));
    const { document } = await run(home, "backups", "--json");
    const [first] = document["backups"] as { fault: string; error: string }[];
    assert.equal(first?.fault, "unreadable");
    assert.match(first?.error ?? "", /^Permission denied/);
    const checked = await run(home, "backups", "--json", "--verify");
    assert.equal((checked.document["backups"] as { fault: string }[])[0]?.fault, "unreadable");
  },
});

testMore({
  name: "status: what this user may not read is unreadable and not damaged (needs setpriv where root runs the tests)",
  ignore,
  async fn() {
    using made = await homeWithUnreadable();
    const { home, names } = made;
    const { code, document } = await run(home, "status", "--json");
    const { newest_unreadable, newest_damaged, damaged_count, unreadable_count, reasons } = document;
    assert.equal(code, 61);
    assert.deepEqual([newest_unreadable, newest_damaged], [names[0], null]);
    assert.deepEqual([damaged_count, unreadable_count], [0, 1]);
    assert.deepEqual((reasons as { code: string }[]).map(({ code }) => code), ["newest_unreadable"]);
  },
});

testMore({
  name: "prune --damaged: what this user may not read stays (needs setpriv where root runs the tests)",
  ignore,
  async fn() {
    using made = await homeWithUnreadable();
    const { home, names } = made;
    const { document } = await run(home, "prune", "--damaged", "--keep-last", "1", "--yes", "--json");
    const left = document["left_alone"] as { filename: string; reason: string }[];
    assert.deepEqual(left.map(({ filename }) => filename), [names[0]]);
    assert.match(left[0]?.reason ?? "", /^Permission denied/);
    assert.deepEqual(home.archives(), [names[1], names[0]]);
  },
});

Deno.test({
  name:
    "verify: what this user may not read is unchecked, and the others are ok (needs setpriv where root runs the tests)",
  ignore,
  async fn() {
    using made = await homeWithUnreadable();
    const { home } = made;
    const { code, document } = await run(home, "verify", "--all", "--json");
    const { ok_count, damaged_count, unchecked_count } = document;
    assert.deepEqual([code, ok_count, damaged_count, unchecked_count], [40, 2, 0, 1]);
  },
});

testMore({
  name:
    "restore latest: what this user may not read is passed over, and that is said (needs setpriv where root runs the tests)",
  ignore,
  async fn() {
    using made = await homeWithUnreadable();
    const { home, names } = made;
    const { code, document, stderr } = await run(home, "restore", "latest", "--dry-run", "--json");
    assert.equal(code, 0);
    assert.equal(document["backup_path"], join(Deno.realPathSync(home.backups), names[1] ?? ""));
    assert.equal(stderr, `Warning: ${names[0]} is newer, but it cannot be read: the next older backup is used\n`);
  },
});
