import assert from "node:assert/strict";
import { delimiter, join } from "node:path";
import { testMore } from "../../support/extent.ts";
import { ago, putBackups } from "../../support/history.ts";
import { Home } from "../../support/home.ts";

interface PlacesDocument {
  readonly total_count: number;
  readonly places: readonly { readonly directory: string; readonly found: boolean; readonly total_count?: number }[];
}

Deno.test("backups --all-places: lists the backup directory and each place, and says whose disk is not there", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(86_400), ago(2 * 86_400));
  Deno.renameSync(home.backups, join(home.path, "usb"));
  await putBackups(home, ago(3600));
  const env = { VPO_BACKUP_COPY_TO: ["~/usb", "~/away"].join(delimiter) };
  const before = home.state();
  const { code, stdout, stderr } = await home.run(["backups", "--all-places"], { env });
  assert.deepEqual([code, stderr], [0, ""]);
  const heads = home.masked(stdout).split("\n").filter((line) => /^(Backups in|Total)/.test(line));
  assert.deepEqual(heads.map((line) => line.replace(/ \(.*/, "")), [
    "Backups in HOME/.vpo/backups:",
    "Total: 1 backup",
    "Backups in HOME/usb:",
    "Total: 2 backups",
    "Backups in HOME/away: its disk is not there",
  ]);
  const json = await home.run(["backups", "--all-places", "--json", "--copy-to", "usb"], { env });
  const { total_count, places } = JSON.parse(json.stdout) as PlacesDocument;
  assert.equal(total_count, 1);
  assert.deepEqual(places.map((place) => [place.found, place.total_count]), [[true, 2]]);
  const alone = await home.run(["backups", "--json"], { env });
  assert.equal("places" in (JSON.parse(alone.stdout) as object), false);
  assert.deepEqual(home.state(), before);
});

testMore("backups --copy-to: lists the place that it names, as --all-places does", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(86_400));
  Deno.renameSync(home.backups, join(home.path, "usb"));
  await putBackups(home, ago(3600));
  const named = await home.run(["backups", "--copy-to", "usb"]);
  assert.match(home.masked(named.stdout), /^Backups in HOME\/usb:$/m);
  assert.equal(named.stdout, (await home.run(["backups", "--all-places", "--copy-to", "usb"])).stdout);
});

testMore("backups --all-places: without any places it is the list of the backup directory", async () => {
  using home = Home.withLibrary();
  await putBackups(home, ago(3600));
  const [all, alone] = [await home.run(["backups", "--all-places"]), await home.run(["backups"])];
  assert.equal(all.stdout, alone.stdout);
});
