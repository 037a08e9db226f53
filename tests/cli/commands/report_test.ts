import assert from "node:assert/strict";
import { join } from "node:path";
import { isInstalled, run } from "../../support/commands.ts";
import { testMore } from "../../support/extent.ts";
import { Home, VPO_ARCHIVES } from "../../support/home.ts";
import { canSymlink, makeSymlink } from "../../support/symlinks.ts";

/** A home with one backup, and VPO's own beside it. */
async function reportable(): Promise<Home> {
  const home = Home.withLibrary();
  assert.equal((await home.run(["backup", "-q"])).code, 0);
  home.putArchive(VPO_ARCHIVES.present);
  return home;
}

Deno.test("report -o: writes a page that only its owner can read, and never over another file unasked", async () => {
  using home = await reportable();
  const path = join(home.path, "page.html");
  const { code, stdout, stderr } = await home.run(["report", "-o", "page.html", "--keep-daily", "7"]);
  assert.deepEqual([code, home.masked(stdout), stderr], [0, "Report written: HOME/page.html\n", ""]);
  const page = Deno.readTextFileSync(path);
  assert.match(page, /^<!DOCTYPE html>\n[^]*Safely backed up[^]*kept: daily[^]*<\/html>\n$/);
  if (Deno.build.os !== "windows") assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);

  Deno.writeTextFileSync(path, "mine");
  const again = await home.run(["report", "-o", "page.html"]);
  assert.deepEqual([again.code, again.stdout], [2, ""]);
  assert.equal(Deno.readTextFileSync(path), "mine");
  assert.equal((await home.run(["report", "-o", "page.html", "--force"])).code, 0);
  assert.match(Deno.readTextFileSync(path), /^<!DOCTYPE html>/);
});

testMore("report -o --force: neither a library nor an archive is replaced by a page", async () => {
  using home = await reportable();
  const before = home.state();
  for (const path of [home.library, join(home.backups, VPO_ARCHIVES.present)]) {
    const { code, stderr } = await home.run(["report", "-o", path, "--force"]);
    const error = `Error: Cannot write the report to "${
      home.masked(path)
    }": it is not a text file\nName another file.\n`;
    assert.deepEqual([code, home.masked(stderr)], [2, error]);
  }
  assert.deepEqual(home.state(), before);
});

testMore({
  name: "report -o --force: a device, a pipe or a link to one is not replaced",
  ignore: Deno.build.os === "windows",
  async fn() {
    using home = await reportable();
    const [device, pipe, gone] = ["device.html", "pipe.html", "gone.html"].map((name) => join(home.path, name));
    assert(device !== undefined && pipe !== undefined && gone !== undefined);
    Deno.symlinkSync("/dev/null", device);
    assert.equal((await run("mkfifo", [pipe])).code, 0);
    for (const path of [device, pipe]) {
      const { code, stderr } = await home.run(["report", "-o", path, "--force"]);
      assert.deepEqual([code, stderr.includes("it is not a regular file")], [2, true]);
      assert.equal(Deno.lstatSync(path).isFile, false);
    }
    Deno.symlinkSync("nowhere", gone);
    assert.equal((await home.run(["report", "-o", gone, "--force"])).code, 0);
    assert(Deno.lstatSync(gone).isFile);
  },
});

testMore({
  name: "report -o --force: a link to a library is not replaced by a page",
  ignore: !canSymlink,
  async fn() {
    using home = await reportable();
    const real = join(home.path, "real.db");
    Deno.renameSync(home.library, real);
    makeSymlink(real, home.library);
    const { code, stderr } = await home.run(["report", "-o", home.library, "--force"]);
    assert.match(stderr, /it is not a text file\nName another file\.\n$/);
    assert.equal(code, 2);
    assert(Deno.lstatSync(home.library).isSymlink);
  },
});

testMore("report -o -: the page goes to standard output", async () => {
  using home = await reportable();
  const { code, stdout } = await home.run(["report", "-o", "-"]);
  assert.deepEqual([code, stdout.slice(0, 15)], [0, "<!DOCTYPE html>"]);
});

testMore("report: without a file the page goes to standard output, and into the JSON document", async () => {
  using home = await reportable();
  const { code, stdout } = await home.run(["report", "--verify"]);
  assert.equal(code, 0);
  assert.match(stdout, /^<!DOCTYPE html>[^]*<td class="">checked<\/td>/);
  const document = JSON.parse((await home.run(["report", "--json"])).stdout) as { success: boolean; report: string };
  assert(document.success && document.report.startsWith("<!DOCTYPE html>"));
});

Deno.test("report: with no backup directory there is nothing to report", async () => {
  using home = Home.withLibrary();
  assert.equal((await home.run(["report"])).code, 20);
});

/** A browser, where there is one. */
const BROWSER = ["chromium-headless-shell", "chromium"].find((name) => isInstalled(name, "--version"));
/** Without a window; root may not use its sandbox. */
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=1000"];

testMore({
  name: "report: a browser shows it as it is meant (needs chromium)",
  ignore: BROWSER === undefined,
  async fn() {
    using home = await reportable();
    assert.equal((await home.run(["report", "-o", "page.html"])).code, 0);
    const page = `file://${join(home.path, "page.html")}`;
    const { code, stdout } = await run(BROWSER ?? "", [
      ...FLAGS,
      `--user-data-dir=${home.path}/browser`,
      "--dump-dom",
      page,
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /<h1>Backups of [^<]*library\.db<\/h1>/);
    assert.match(stdout, /<polyline points="[\d., ]+"><\/polyline>/);
    assert.equal(stdout.match(/<tr>/g)?.length, 3, "a row for each backup, below the head");
  },
});
