/** Runs on the machine with the share: walks through all commands and prints what each did wrong as JSON. */
import { join } from "node:path";
import { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import { mountOver } from "../../support/surroundings/mounts.ts";
import type { Ground } from "../group.ts";
import { Stock } from "./stock.ts";
import { walk } from "./walk.ts";

const [share = "", local = "", seed = "0", ...commands] = Deno.args;
const ground: Ground = {
  directory: join(local, "ground"),
  random: (trial) => new SeededRandom(Number(seed) + trial),
  count: (full) => full,
};
Deno.mkdirSync(ground.directory);
const stock = await Stock.make(ground, { files: [200, 200] });
using stage = stock.emptyStage();
using _ = mountOver(share, stage.backups);
stock.furnish(stage, "settled");
Deno.stdout.writeSync(
  new TextEncoder().encode(JSON.stringify(await walk(stock, stage, commands.length > 0 ? commands : undefined))),
);
