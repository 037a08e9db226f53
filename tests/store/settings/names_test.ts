import assert from "node:assert/strict";
import { isSettingsName, MAX_SETTINGS_NAME_BYTES, SettingsNames } from "../../../src/store/settings/names.ts";

Deno.test("isSettingsName: takes VPO's files and what is below its directories", () => {
  // deno-fmt-ignore
  const names = [
    "config.toml", "backup.toml", "policies/a.yaml", "policies/deep/er/a.yaml", "profiles/a.yaml", "plugins/a/__init__.py",
    "data/policies/a.yaml", "policies/..a", "policies/a..", "policies/.hidden", "policies/a b.yaml", "policies/é日本🎬",
    "policies/config.toml", "policies/two\nlines", "policies/C:", `policies/${"x".repeat(MAX_SETTINGS_NAME_BYTES - 9)}`,
  ];
  for (const name of names) assert(isSettingsName(name), JSON.stringify(name));
});

Deno.test("isSettingsName: takes nothing else", () => {
  // deno-fmt-ignore
  const names = [
    "", ".", "..", "/", "config.toml/", "/config.toml", "config.toml/x", "Config.toml", "config.tom", "config.toml ",
    "library.db", "policies", "policies/", "/policies/a", "policies//a", "policies/a/", "policies/.", "policies/..",
    "policies/./a", "policies/../a", "policies/a/../../../etc/passwd", "policies\\a", "policies/a\\b", "policies/a\0b",
    "Policies/a", "policies.d/a", "data", "data/policies", "data/policies/", "data/profiles/a", "data/../policies/a",
    "settings/config.toml", "backups/a", "policies/\ud800", "policies/\ufffd", "\ufeffconfig.toml",
    `policies/${"x".repeat(MAX_SETTINGS_NAME_BYTES - 8)}`, `policies/${"é".repeat(MAX_SETTINGS_NAME_BYTES / 2 - 4)}`,
  ];
  for (const name of names) assert(!isSettingsName(name), JSON.stringify(name));
});

Deno.test("SettingsNames: no two that some file system takes for one", () => {
  const pairs = [
    ["policies/a", "policies/a"],
    ["policies/a", "policies/A"],
    ["policies/straße", "policies/STRASSE"],
    ["policies/ς", "policies/σ"],
    ["policies/\u00e9", "policies/e\u0301"],
    ["policies/\u00c9", "policies/e\u0301"],
    ["policies/K", "policies/\u212a"],
    ["policies/a", "policies/A/b"],
    ["policies/a/b/c", "policies/A"],
    ["policies/a/b/c", "policies/a/B"],
  ] as const;
  for (const [one, other] of pairs) {
    const names = new SettingsNames();
    assert.deepEqual([names.add(one), names.add(other)], [true, false], `${one} ${other}`);
    assert(names.add("policies/another"));
  }
});

Deno.test("SettingsNames: others stand beside each other", () => {
  const names = new SettingsNames();
  for (const name of ["config.toml", "policies/a", "policies/ab", "policies/b/a", "policies/B/c", "profiles/a"]) {
    assert(names.add(name), name);
  }
});
