import assert from "node:assert/strict";
import { SettingsBundle, SettingsIndex } from "../../../src/store/settings/settings_index.ts";
import { noise, sha256 } from "../../support/bytes.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

const CONFIG = noise(1000, 1);
const POLICY = noise(70_000, 2);
const HEAD = { mode: 0o640, modified: 1000 } as const;
const EMPTY = new Uint8Array();

Deno.test("SettingsBundle: gives back each file, an empty one too, and keeps all in one private file", () => {
  using directory = new TemporaryDirectory();
  using bundle = new SettingsBundle(directory.file("settings"));
  const files = { "config.toml": CONFIG, "plugins/__init__.py": EMPTY, "policies/a.yaml": POLICY };
  for (const [name, content] of Object.entries(files)) {
    bundle.begin({ ...HEAD, name, size: content.length });
    for (let at = 0; at < content.length; at += 999) bundle.write(content.subarray(at, at + 999));
  }
  assert.deepEqual(bundle.entries, [
    { ...HEAD, name: "config.toml", size: 1000, offset: 0, sha256: sha256(CONFIG) },
    { ...HEAD, name: "plugins/__init__.py", size: 0, offset: 1000, sha256: sha256(EMPTY) },
    { ...HEAD, name: "policies/a.yaml", size: 70_000, offset: 1000, sha256: sha256(POLICY) },
  ]);
  assert.equal(bundle.totalBytes, 71_000);
  for (const entry of bundle.entries) {
    assert.deepEqual(bundle.read(entry), Uint8Array.from(files[entry.name as keyof typeof files]));
  }
  const piece = new Uint8Array(20);
  bundle.fill(990, piece);
  assert.deepEqual(piece, Uint8Array.from([...CONFIG.subarray(990), ...POLICY.subarray(0, 10)]));
  assert.deepEqual(directory.names(), ["settings"]);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(directory.file("settings")).mode ?? 0) & 0o777, 0o600);
});

Deno.test("SettingsBundle: what is taken back leaves nothing behind, ended or not", () => {
  using directory = new TemporaryDirectory();
  using bundle = new SettingsBundle(directory.file("settings"));
  bundle.begin({ ...HEAD, name: "policies/a.yaml", size: 70_001 });
  bundle.write(POLICY);
  bundle.takeBack();
  bundle.begin({ ...HEAD, name: "policies/b.yaml", size: 70_000 });
  bundle.write(POLICY);
  bundle.takeBack();
  bundle.begin({ ...HEAD, name: "config.toml", size: 1000 });
  bundle.write(CONFIG);
  const [entry, ...others] = bundle.entries;
  assert(entry !== undefined && others.length === 0);
  assert.deepEqual([entry.name, entry.offset, bundle.totalBytes], ["config.toml", 0, 1000]);
  assert.deepEqual(bundle.read(entry), Uint8Array.from(CONFIG));
});

Deno.test("SettingsBundle: says so where its file is not what it was", () => {
  using directory = new TemporaryDirectory();
  const path = directory.file("settings");
  using bundle = new SettingsBundle(path);
  bundle.begin({ ...HEAD, name: "config.toml", size: 1000 });
  bundle.write(CONFIG);
  const [entry] = bundle.entries;
  assert(entry !== undefined);
  Deno.truncateSync(path, 999);
  assert.throws(() => bundle.read(entry), /"config.toml" is not what was put aside/);
  assert.throws(() => bundle.fill(0, new Uint8Array(1000)), /gone/);
  Deno.writeFileSync(path, noise(1000, 3));
  assert.throws(() => bundle.read(entry), /not what was put aside/);
});

Deno.test("SettingsIndex: takes no more bytes than were announced,, not a file within another", () => {
  const index = new SettingsIndex();
  assert.throws(() => index.write(CONFIG), /more bytes/);
  index.begin({ ...HEAD, name: "config.toml", size: 999 });
  assert.throws(() => index.begin({ ...HEAD, name: "backup.toml", size: 1 }), /has not ended/);
  assert.throws(() => index.write(CONFIG), /more bytes/);
});
