import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { areKin, comparableLineage, readLineage } from "../../../src/library/content/lineage.ts";
import { execute } from "../../support/database.ts";
import { times } from "../../support/extent.ts";
import { Home } from "../../support/home.ts";
import { lineageAt, lineageOf } from "../../support/lineage.ts";

/** Paths of so many films, of which each `set` has others. */
function films(set: string, count: number, root = "/srv/media"): string[] {
  return Array.from({ length: count }, (_, index) => `${root}/${set} ${index} (1999)/${set} ${index} (1999).mkv`);
}

/** Paths of episodes, which have the same names in every series: so many series of so many seasons. */
function episodes(set: string, series: number, seasons: number, root = "/media"): string[] {
  return Array.from({ length: series * seasons * 10 }, (_, index) => {
    const [show, season, episode] = [Math.floor(index / (seasons * 10)), Math.floor(index / 10) % seasons, index % 10];
    return `${root}/${set} ${show}/Season ${season + 1}/S${season + 1}E${episode + 1}.mkv`;
  });
}

Deno.test("readLineage: the 64 smallest hashes of the ends of paths, in ascending order, the same for ever", () => {
  const lineage = lineageOf(films("Film", 1000));
  assert.equal(lineage.length, 2 + 64 * 13);
  assert(lineage.startsWith("3:"));
  const hashes = lineage.slice(2).match(/.{13}/g) ?? [];
  assert.deepEqual(hashes, hashes.toSorted());
  assert.equal(new Set(hashes).size, 64);
  // Archives hold these: should this line have to change, the archives of before have lost their library.
  assert.equal(lineageOf(["/srv/media/Inception (2010).mkv", "C:\\Filme\\Amélie.mkv"]), "3:870ff77e0b5d7adbbb9b0938ed");
});

Deno.test("readLineage: the last three components of a path count, whatever separates them, and each end once", () => {
  const lineage = lineageOf(films("Film", 300));
  assert.equal(lineageOf(films("Film", 300, "D:/other/media").toReversed()), lineage);
  assert.equal(lineageOf(films("Film", 300, "D:\\media").map((path) => path.replaceAll("/", "\\"))), lineage);
  assert.equal(lineageOf([...films("Film", 300), ...films("Film", 300, "/mnt/copy/media")]), lineage);
  assert.equal(lineageOf(["a.mkv", "/a.mkv", "\\a.mkv", "/x/", "", "/"]), lineageOf(["a.mkv"]));
  assert.equal(lineageOf(["/x/y/a.mkv", "/w/x/y/a.mkv", "/y/a.mkv", "a.mkv"]).length, 2 + 3 * 13);
  assert.equal(lineageOf(films("Film", 300).map((path) => path.replace(/mkv$/, "mp4"))), lineage);
  assert.equal(lineageOf(["/x/.a", "/x/.b", "/x.y/a", "/x.y/b"]).length, 2 + 4 * 13);
  assert.equal(lineageOf([".a", ".b"]).length, 2 + 2 * 13);
  assert.equal(lineageOf([]), "");
});

Deno.test("readLineage: odd rows and tables keep nothing from being told", () => {
  const database = new DatabaseSync(":memory:");
  database.exec(`CREATE TABLE files (id INTEGER PRIMARY KEY, path);
    INSERT INTO files VALUES (-9007199254740993, 'below.mkv'), (9223372036854775807, 'above.mkv'), (0, NULL),
      (1, x'ff00fe'), (2, 17), (3, char(10) || 'a/b.mkv'), (4, printf('%.*c', 40000, 'x')), (5, '/srv/c.mkv')`);
  assert.equal(readLineage(database)?.includes(lineageOf(["srv/c.mkv"]).slice(2)), true);
  database.exec("DROP TABLE files; CREATE TABLE files (path TEXT PRIMARY KEY) WITHOUT ROWID");
  assert.equal(readLineage(database), null);
  database.exec("DROP TABLE files");
  assert.equal(readLineage(database), null);
  database.close();
});

Deno.test("readLineage: what `advance` throws ends it", () => {
  using home = Home.withLibrary();
  const database = new DatabaseSync(home.library);
  assert.throws(() =>
    readLineage(database, () => {
      throw new Error("stop");
    }), /^Error: stop$/);
  database.close();
});

Deno.test("areKin: a library after growth, losses, another root and a rescan", () => {
  using home = Home.withLibrary();
  const lineage = lineageAt(home.library);
  execute(home.library, "UPDATE files SET path = '/mnt/nas' || path, scanned_at = '2030-01-01T00:00:00Z'");
  assert.equal(lineageAt(home.library), lineage);
  execute(home.library, "DELETE FROM files WHERE id % 3 = 0");
  assert.equal(areKin(lineageAt(home.library), lineage), true);
  const grown = lineageOf([...films("Film", 900), ...films("More", 900)]);
  assert.equal(areKin(lineageOf(films("Film", 900)), grown), true);
});

Deno.test("areKin: episodes that have the same names in every library make no kin", () => {
  const [series, anime] = [episodes("Series", 20, 5), episodes("Anime", 25, 4)];
  assert.equal(areKin(lineageOf(series), lineageOf(anime)), false);
  assert.equal(areKin(lineageOf(episodes("Series", 1, 3)), lineageOf(episodes("Anime", 1, 3))), false);
  const elsewhere = episodes("Series", 22, 5, "D:\\Media").map((path) => path.replaceAll("/", "\\"));
  assert.equal(areKin(lineageOf(series), lineageOf(elsewhere)), true);
});

Deno.test("areKin: a sample of another form can be compared with none", () => {
  const lineage = lineageOf(films("Film", 1000));
  for (const other of [lineage.slice(2), `2:${lineage.slice(2)}`, `${lineage}0`, "3:", "3:z", "\0"]) {
    assert.equal(areKin(lineage, other), null, other);
    assert.equal(comparableLineage(other), null, other);
  }
  for (const own of [lineage, lineageOf(["a.mkv"]), ""]) assert.equal(comparableLineage(own), own);
  assert.equal(comparableLineage(undefined), null);
});

Deno.test("areKin: of one that holds all of the other and several times as much it cannot be told", () => {
  assert.equal(areKin(lineageOf(films("Film", 900)), lineageOf([...films("Film", 900), ...films("More", 8000)])), null);
  assert.equal(areKin(lineageOf(films("Film", 5)), lineageOf([...films("Film", 5), ...films("More", 40)])), null);
});

Deno.test("areKin: strangers with some common names, and an empty library, of which nothing can be told", () => {
  const one = lineageOf([...films("Film", 1000), ...films("Common", 100)]);
  const other = lineageOf([...films("Serie", 1000), ...films("Common", 100)]);
  assert.equal(areKin(one, other), false);
  assert.equal(areKin(one, ""), null);
  assert.equal(areKin("", ""), null);
  // Of so large a library the sample does not reach as far as one name of the small one.
  assert.equal(areKin(lineageOf(films("Film", 3)), lineageOf(films("Serie", 20_000))), null);
  assert.equal(areKin(lineageOf(films("Film", 3)), lineageOf(films("Serie", 3))), false);
  assert.equal(areKin(lineageOf(films("Film", 3)), lineageOf(films("Film", 4))), true);
});

const sizes = fc.integer({ min: 500, max: 1000 });

Deno.test("areKin: what shares most names is kin, what shares one in fifty is not (property)", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1_000_000 }),
      sizes,
      fc.integer({ min: 200, max: 400 }),
      (seed, size, more) => {
        const own = films(`Own ${seed}`, size);
        const lineage = lineageOf(own);
        const kept = own.filter((_, index) => index % 4 !== 0);
        assert.equal(areKin(lineage, lineageOf([...kept, ...films(`New ${seed}`, more)])), true);
        const strangers = films(`Other ${seed}`, size);
        const few = own.slice(0, Math.floor(size / 50));
        assert.equal(areKin(lineage, lineageOf([...strangers, ...few])), false);
      },
    ),
    // A sample says what it says with some likelihood only: the same ones each time.
    { numRuns: times(40), seed: 64 },
  );
});

Deno.test("areKin: it does not matter which is which, and each is its own kin (property)", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), fc.array(fc.string({ unit: "binary" })), (one, other) => {
      const [first, second] = [lineageOf(one), lineageOf(other)];
      assert.equal(areKin(first, second), areKin(second, first));
      if (first !== "") assert.equal(areKin(first, first), true);
    }),
    { numRuns: times(100) },
  );
});
