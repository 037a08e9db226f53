import assert from "node:assert/strict";
import type { Diagnosed, DirectoryExamination, LibraryExamination, Status } from "../../src/engine/protocol/mod.ts";
import { findingsOf, worstOf } from "../../src/output/diagnosis.ts";
import { typedWord } from "../../src/program.ts";
import { DIAGNOSED } from "../support/diagnoses.ts";

const MB = 1024 * 1024;
const HOUR = 3600;

type Told = readonly [level: string, subject: string, message: string];

/** What is told that is not all right. */
function troubles(diagnosed: Diagnosed): Told[] {
  return findingsOf(diagnosed)
    .filter(({ level }) => level !== "ok")
    .map(({ level, subject, message, hint }) => {
      assert.notEqual(hint, null, "what to do is always said");
      return [level, subject, message];
    });
}

function withLibrary(changes: Partial<LibraryExamination>): Diagnosed {
  assert(DIAGNOSED.library !== null);
  return { ...DIAGNOSED, library: { ...DIAGNOSED.library, ...changes } };
}

function withDirectory(changes: Partial<DirectoryExamination>): Diagnosed {
  assert(DIAGNOSED.directory !== null);
  return { ...DIAGNOSED, directory: { ...DIAGNOSED.directory, ...changes } };
}

function withStatus(changes: Partial<Status>): Diagnosed {
  assert(DIAGNOSED.status !== null);
  return { ...DIAGNOSED, status: { ...DIAGNOSED.status, ...changes } };
}

/** The message about a subject. */
function message(diagnosed: Diagnosed, subject: string): string | undefined {
  return findingsOf(diagnosed).find((finding) => finding.subject === subject)?.message;
}

Deno.test("findingsOf: where all is well, nothing is to be done", () => {
  assert.deepEqual(troubles(DIAGNOSED), []);
  assert.equal(worstOf(findingsOf(DIAGNOSED)), "ok");
});

Deno.test("findingsOf: a library that cannot be backed up is a problem, one that is in use exclusively a warning", () => {
  const path = "/home/u/.vpo/library.db";
  const states: readonly (readonly [LibraryExamination["state"], string | null, string, string])[] = [
    ["missing", null, "problem", "there is none"],
    ["damaged", "row 1 missing", "problem", "it is damaged: row 1 missing"],
    ["not a library", "it has no table", "problem", "it is not a VPO library: it has no table"],
    ["unfinished", null, "problem", "a killed program left an unfinished transaction in it"],
    ["unreadable", "Permission denied", "problem", "it cannot be read: Permission denied"],
    ["held", "database is locked", "warning", "another program has locked it, so it was not checked"],
  ];
  for (const [state, reason, level, text] of states) {
    assert.deepEqual(troubles(withLibrary({ state, reason })), [[level, "Library", `${path}: ${text}`]]);
  }
});

Deno.test("findingsOf: what to do about a library that cannot be read depends on why", () => {
  const unreadable = withLibrary({ state: "unreadable", reason: "no space is left", advice: "Free some space there." });
  assert.equal(findingsOf(unreadable).find(({ subject }) => subject === "Library")?.hint, "Free some space there.");
});

Deno.test("findingsOf: a restore is advised only where there are backups; before the first scan there is no library", () => {
  const missing = withLibrary({ state: "missing", reason: null });
  const hint = (diagnosed: Diagnosed) => findingsOf(diagnosed).find(({ subject }) => subject === "Library")?.hint ?? "";
  assert.match(hint(missing), /vpo-backup restore latest --library \/home\/u\/\.vpo\/library\.db$/);
  assert.match(hint(withLibrary({ state: "damaged", reason: null })), / --library \/home\/u\/\.vpo\/library\.db$/);
  const { library } = missing;
  assert.match(hint({ ...withStatus({ count: 0, newest: null }), library }), /^Has VPO scanned anything yet\?/);
});

Deno.test("findingsOf: every command names the library and the directory that were named for this run", () => {
  const toName = { library: "/lib2.db", directory: "/mnt/my b2" };
  const named = ` --library /lib2.db --backup-dir ${typedWord("/mnt/my b2")}`;
  assert(DIAGNOSED.library !== null && DIAGNOSED.status !== null);
  const library = { ...DIAGNOSED.library, path: "/lib2.db", state: "damaged", reason: null } as const;
  const status = { ...DIAGNOSED.status, damagedCount: 1, newest: null, count: 2 };
  const hints = findingsOf({ ...DIAGNOSED, library, status, toName }).map(({ hint }) => hint ?? "");
  const commands = hints.flatMap((hint) => hint.match(/vpo-backup (?!.*--help).*?(?=\. [A-Z]| and a |$)/g) ?? []);
  assert.deepEqual(commands, [
    `vpo-backup restore latest${named}`,
    `vpo-backup verify --all${named}`,
    `vpo-backup prune --damaged${named}`,
  ]);
  const [first] = hints.filter((hint) => hint.startsWith("Make one"));
  assert.equal(first, `Make one: vpo-backup backup${named}. To schedule backups: vpo-backup schedule --help`);
});

Deno.test("findingsOf: a path in a command is one word, and only the path", () => {
  const path = "/home/u & i/$(id).db";
  const word = typedWord(path);
  const access = { mode: 0o666, owner: 1000 };
  const library = withLibrary({ path, access, remarks: { stale: "an index is stale", unchecked: [] } });
  const directory = withDirectory({ path, access, writableByOthers: ["a"] });
  const hints = [...findingsOf(library), ...findingsOf(directory)].map(({ hint }) => hint ?? "")
    .filter((hint) => hint.includes("$(id)"));
  assert.match(word, /^(["']).*\1$/);
  assert.deepEqual(hints.map((hint) => hint.slice(hint.indexOf(": ") + 2)), [
    `sqlite3 ${word} REINDEX`,
    `chmod go-w ${word}`,
    `chmod go-w ${word}`,
    `chmod go-w ${word}/vpo-library-*`,
  ]);
});

Deno.test("findingsOf: the log tells whether a program has the library open, and whether it grows without end", () => {
  assert.equal(message(withLibrary({ logSize: null }), "In use"), "no sign that a program has it open");
  assert.equal(
    message(withLibrary({ logSize: 0 }), "In use"),
    "nothing tells whether a program has it open: its log is there, but empty",
  );
  const open = "a program has it open, or was killed, and its log holds";
  assert.equal(message(withLibrary({ logSize: 128 * MB - 1 }), "In use"), `${open} 128.0 MB`);
  assert.deepEqual(troubles(withLibrary({ logSize: 128 * MB - 1 })), []);
  assert.deepEqual(troubles(withLibrary({ logSize: 128 * MB })), [["warning", "In use", `${open} 128.0 MB`]]);
  assert.match(message(withLibrary({ journal: "delete" }), "In use") ?? "", /^in journal mode "delete" /);
});

Deno.test("findingsOf: the age of the newest backup, by the hour", () => {
  const newest = DIAGNOSED.status?.newest;
  assert(newest !== undefined && newest !== null);
  const before = (seconds: number) =>
    new Date(Date.parse(DIAGNOSED.status?.checkedAt ?? "") - seconds * 1000).toISOString();
  const made = (ageSeconds: number) => ({ ...newest, ageSeconds, createdAt: before(ageSeconds) });
  const at = (ageSeconds: number) => troubles(withStatus({ newest: made(ageSeconds) })).map(([level]) => level);
  assert.deepEqual(at(26 * HOUR), []);
  assert.deepEqual(at(26 * HOUR + 1), ["warning"]);
  assert.deepEqual(at(8 * 24 * HOUR), ["warning"]);
  assert.deepEqual(at(8 * 24 * HOUR + 1), ["problem"]);
  const unchanged = { ...made(30 * 24 * HOUR), unchangedAt: before(2 * HOUR) };
  assert.deepEqual(troubles(withStatus({ newest: unchanged })), []);
  const future = withStatus({ newest: { ...newest, ageSeconds: -5 }, concerns: ["from_future"] });
  assert.deepEqual(troubles(future).map(([level, subject]) => [level, subject]), [["warning", "Newest"]]);
});

Deno.test("findingsOf: no backup, none that is sound, a damaged newest one, an old damaged one", () => {
  assert.deepEqual(troubles(withStatus({ newest: null, count: 0, totalSize: 0 })), [
    ["problem", "Newest", "there is no backup"],
  ]);
  assert.deepEqual(troubles(withStatus({ newest: null, count: 2, damagedCount: 2 })), [
    ["problem", "Newest", "none of the 2 backups is sound"],
    ["warning", "Backups", "2 backups, 36.4 MB; 2 of them damaged"],
  ]);
  const filename = "vpo-library-2026-02-06T14-30-22Z.tar.gz";
  const newestFault = { filename, fault: "damaged", why: "it ends too early" } as const;
  assert.deepEqual(troubles(withStatus({ newestFault, damagedCount: 1 })), [
    ["problem", "Newest", `the newest backup is damaged: ${filename}: it ends too early`],
    ["warning", "Backups", "2 backups, 36.4 MB; 1 of them damaged"],
  ]);
});

// Issue 12, B22.
Deno.test("findingsOf: what this user may not read is not called damaged, nor is it advised to remove it", () => {
  const [found] = findingsOf(withStatus({ count: 3, unreadableCount: 2 })).filter(({ level }) => level !== "ok");
  assert.deepEqual([found?.level, found?.message], ["warning", "3 backups, 36.4 MB; 2 of them cannot be read"]);
  assert.equal(found?.hint, "List them: vpo-backup backups -v. Run this as their owner.");
  const filename = "vpo-library-2026-02-06T14-30-22Z.tar.gz";
  const newestFault = { filename, fault: "unreadable", why: "Permission denied" } as const;
  assert.deepEqual(troubles(withStatus({ newestFault, unreadableCount: 1 })), [
    ["problem", "Newest", `the newest backup cannot be read: ${filename}: Permission denied`],
    ["warning", "Backups", "2 backups, 36.4 MB; 1 of them cannot be read"],
  ]);
});

Deno.test("findingsOf: space for less than two more backups is a warning, for none a problem", () => {
  const archive = 18.2 * MB;
  const space = (free: number) =>
    troubles(withStatus({ free, needed: 100 * MB })).map(([level, , text]) => [level, text]);
  assert.deepEqual(space(100 * MB), []);
  assert.deepEqual(space(100 * MB - 1), [["warning", "100.0 MB free, which is too little for two more backups"]]);
  assert.deepEqual(space(100 * MB - archive).map(([level]) => level), ["warning"]);
  assert.deepEqual(space(80 * MB), [["problem", "80.0 MB free, which is too little for another backup"]]);
});

Deno.test("findingsOf: a directory that is missing, cannot be read or cannot be written to is a problem", () => {
  const path = "/home/u/.vpo/backups";
  assert.deepEqual(troubles({ ...withDirectory({ found: false }), status: null }), [
    ["problem", "Directory", `${path}: there is none`],
  ]);
  assert.deepEqual(troubles({ ...withDirectory({ error: "Permission denied" }), status: null }), [
    ["problem", "Directory", `${path}: it cannot be read: Permission denied`],
  ]);
  assert.deepEqual(troubles(withDirectory({ unwritable: "Read-only file system" })), [
    ["problem", "Directory", `${path}: it cannot be written to: Read-only file system`],
  ]);
});

Deno.test("findingsOf: who else can change, read or own what", () => {
  const told = (changes: Partial<DirectoryExamination>) => troubles(withDirectory(changes)).map(([, , text]) => text);
  const names = ["a", "b", "c", "d", "e"];
  assert.deepEqual(told({ access: { mode: 0o775, owner: 1000 } }), [
    "users other than its owner can add files to the backup directory and remove them",
  ]);
  assert.deepEqual(told({ writableByOthers: ["a"] }), ["others can change a"]);
  assert.deepEqual(told({ foreign: names }), ["the library's owner does not own a, b, c and 2 more"]);
  assert.deepEqual(told({ readableByOthers: names, access: { mode: 0o755, owner: 1000 } }), [
    "others can read a, b, c and 2 more",
  ]);
  assert.deepEqual(told({ readableByOthers: names, access: { mode: 0o700, owner: 1000 } }), []);
  const readable = { readableByOthers: names, access: { mode: 0o755, owner: 1000 } };
  const hintFor = (keepsModes: boolean | null) =>
    findingsOf(withDirectory({ ...readable, keepsModes })).find(({ subject }) => subject === "Access")?.hint;
  assert.equal(hintFor(true), `Fix with: chmod go= ${DIAGNOSED.directory?.path}/vpo-library-*`);
  assert.equal(hintFor(false), "That disk keeps no modes: mount it for one user alone, with the option umask=077");
  assert.deepEqual(told({ access: { mode: 0o755, owner: 2000 } }), [
    "the backup directory belongs to another user than the library, and that user can remove backups",
  ]);
  assert.deepEqual(told({ access: { mode: 0o755, owner: 0 } }), []);
  assert.equal(message(withDirectory({ access: { mode: null, owner: null } }), "Access"), undefined);
  assert.deepEqual(troubles(withLibrary({ access: { mode: 0o664, owner: 1000 } })), [
    ["warning", "Library", "users other than its owner can change it"],
  ]);
});

Deno.test("findingsOf: a library that is mounted alone, or has a second name", () => {
  const told = (changes: Partial<LibraryExamination>) =>
    troubles(withLibrary(changes)).map(([level, , text]) => [level, text]);
  const mounted = ["warning", "its file is itself a mount point, so no restore can replace it"];
  assert.deepEqual(told({ file: "mounted" }), [mounted]);
  assert.deepEqual(told({ file: "mounted", logSize: null }), [mounted]);
  assert.deepEqual(told({ file: "second name" }), [], "the log is here");
  for (const logSize of [null, 0]) {
    assert.deepEqual(told({ file: "second name", logSize }), [
      ["warning", "its file has a second hard link, and a program that uses that one keeps its log there"],
    ], "an empty log tells nothing");
  }
});

Deno.test("findingsOf: where SQLite would work on a copy, and that a name may not survive a power cut", () => {
  assert.deepEqual(troubles({ ...DIAGNOSED, work: { directory: null, refusal: 'nothing can be written in "/a"' } }), [
    ["problem", "Work", 'SQLite has nowhere to work on a copy: nothing can be written in "/a"'],
  ]);
  const finding = findingsOf(withDirectory({ unsynced: "EINVAL" })).find(({ subject }) => subject === "Directory");
  assert.equal(finding?.level, "ok");
  assert.match(finding.message, /: it can be written to, though a new file may not survive a power cut: EINVAL$/);
});

Deno.test("findingsOf: leftovers and missing permissions", () => {
  const leftovers = ["/a", "/b"].map((path) => ({ path, size: MB, isSure: true }));
  assert.deepEqual(troubles({ ...DIAGNOSED, leftovers }), [
    ["warning", "Leftovers", "killed runs left /a, /b, 2.0 MB"],
  ]);
  const unsure = [{ path: "/c", size: MB, isSure: false }];
  assert.deepEqual(troubles({ ...DIAGNOSED, leftovers: unsure }), [
    ["warning", "Leftovers", "runs left /c, 1.0 MB; they may still be running"],
  ]);
  const [finding] = findingsOf({ ...DIAGNOSED, missingPermissions: ["--allow-write=/a", "--allow-sys=statfs"] }).slice(
    1,
  );
  assert.deepEqual(finding, {
    level: "problem",
    subject: "Permissions",
    message: "the sandbox does not grant everything needed",
    hint: "Grant it with --allow-write=/a --allow-sys=statfs, or use a binary that was built with it.",
  });
});

Deno.test("findingsOf: settings that no backup holds, or takes, are a warning", () => {
  const here = { count: 5, totalBytes: 12_390 };
  const withSettings = (settings: Diagnosed["settings"]): Diagnosed => ({ ...DIAGNOSED, settings });
  const none = withSettings({ here, inNewest: 0, leftOut: [] });
  assert.deepEqual(troubles(none), [
    ["warning", "Settings", "5 files here (12.1 KB), but none in the newest backup"],
  ]);
  assert.deepEqual(troubles(withSettings({ here, inNewest: null, leftOut: [] })), [], "there is no backup at all");
  assert.deepEqual(troubles(withSettings({ here: { count: 0, totalBytes: 0 }, inNewest: 0, leftOut: [] })), []);
  const leftOut = ["a", "b", "c", "d"].map((name) => ({ name: `policies/${name}`, why: "it is a link" }));
  const message = 'no backup includes 4 files: "policies/a": it is a link; "policies/b": it is a link; ' +
    '"policies/c": it is a link; and 1 more';
  assert.deepEqual(troubles(withSettings({ here, inNewest: 5, leftOut })), [["warning", "Settings", message]]);
});
