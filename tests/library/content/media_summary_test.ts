import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type MediaSummary, type Shares, summarizeMedia } from "../../../src/library/content/media_summary.ts";

/** The make-up of a library with these paths; each file's size is its place among them, from 1 on. */
function makeupOf(paths: readonly string[], sizeOf: (index: number) => number = (index) => index + 1): MediaSummary {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE files (path TEXT UNIQUE, size_bytes INTEGER, content_hash TEXT, modified_at TEXT)");
  const insert = database.prepare("INSERT INTO files VALUES (?, ?, 'hash', 'time')");
  for (const [index, path] of paths.entries()) insert.run(path, sizeOf(index));
  return summarizeMedia(database, "x.db", () => {});
}

function names({ largest }: Shares): string[] {
  return largest.map(({ name }) => name);
}

Deno.test("summarizeMedia: the directories below what is common to all, the largest first", () => {
  const { root, directories } = makeupOf([
    "/srv/media/Movies/a/1.mkv",
    "/srv/media/Movies-old/2.mkv",
    "/srv/media/Movies/3.mkv",
    "/srv/media/here.mkv",
    "/srv/media/TV/5.mkv",
    "/srv/media/zzz.mkv",
  ]);
  assert.equal(root, "/srv/media/");
  assert.deepEqual(directories, {
    largest: [
      { name: ".", files: 2, size: 10 },
      { name: "TV", files: 1, size: 5 },
      { name: "Movies", files: 2, size: 4 },
      { name: "Movies-old", files: 1, size: 2 },
    ],
    others: { name: "", files: 0, size: 0, count: 0 },
  });
});

Deno.test("summarizeMedia: of many directories the ten largest, of the rest the sum", () => {
  const { directories } = makeupOf(Array.from({ length: 30 }, (_, index) => `/m/${index}/x.mkv`));
  assert.deepEqual(names(directories), ["29", "28", "27", "26", "25", "24", "23", "22", "21", "20"]);
  assert.deepEqual(directories.others, { name: "", files: 20, size: 20 * 21 / 2, count: 20 });
});

Deno.test("summarizeMedia: nothing, one file, files of two roots, files of Windows", () => {
  assert.deepEqual([makeupOf([]).root, names(makeupOf([]).directories)], ["", []]);
  const one = makeupOf(["/a/b/c.mkv"]);
  assert.deepEqual([one.root, names(one.directories)], ["/a/b/", ["."]]);
  const two = makeupOf(["/a/b", "/c/d"]);
  assert.deepEqual([two.root, names(two.directories)], ["/", ["c", "a"]]);
  const windows = makeupOf(["D:\\media\\Movies\\a.mkv", "D:\\media\\TV\\b.mkv"]);
  assert.deepEqual([windows.root, names(windows.directories)], ["D:\\media\\", ["TV", "Movies"]]);
});

Deno.test("summarizeMedia: the root ends where a directory does", () => {
  const { root, directories } = makeupOf(["/srv/media1/a.mkv", "/srv/media2/b.mkv"]);
  assert.deepEqual([root, names(directories)], ["/srv/", ["media2", "media1"]]);
});

Deno.test("summarizeMedia: containers by the endings of the names, in small letters", () => {
  const { containers } = makeupOf([
    "/a/1.mkv",
    "/a/2.MKV",
    "/a/3.tar.mp4",
    "/a.b/4",
    "/a/.5",
    `/a/6.${"x".repeat(17)}`,
  ]);
  assert.deepEqual(containers.largest, [
    { name: "", files: 3, size: 15 },
    { name: "mkv", files: 2, size: 3 },
    { name: "mp4", files: 1, size: 3 },
  ]);
});

Deno.test("summarizeMedia: any number of endings takes no more memory than a thousand", () => {
  const { containers } = makeupOf(Array.from({ length: 3000 }, (_, index) => `/a/${index}.${index}`), () => 1);
  const { largest, others } = containers;
  assert.equal(largest.reduce((sum, { files }) => sum + files, others.files), 3000);
  assert(largest.length + others.count <= 1001);
});

Deno.test("summarizeMedia: containers as VPO names them where it does, and what it marks missing", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE TABLE files (path TEXT UNIQUE, size_bytes, content_hash, modified_at, container_format, scan_status);
    INSERT INTO files VALUES
      ('/a/1.avi', 1, '', '', 'matroska,webm', 'ok'), ('/a/2.mkv', 2, '', '', 'matroska,webm', 'missing'),
      ('/a/3.mkv', 4, '', '', NULL, 'error'), ('/a/4.mkv', 8, '', '', x'00', 'missing'),
      ('/a/5.mkv', 16, '', '', '${"x".repeat(300)}', NULL)`,
  );
  const { containers, missing } = summarizeMedia(database, "x.db", () => {});
  assert.deepEqual(containers.largest, [{ name: "", files: 3, size: 28 }, {
    name: "matroska,webm",
    files: 2,
    size: 3,
  }]);
  assert.deepEqual(missing, { files: 2, size: 10 });
});
