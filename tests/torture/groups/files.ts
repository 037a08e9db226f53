import { cannotObeyModes } from "../../support/modes.ts";
import { canMount } from "../../support/surroundings/mounts.ts";
import type { Group } from "../group.ts";
import type { FileCase } from "../support/file_case.ts";
import { MODE_CASES } from "../support/file_modes.ts";
import { NAME_CASES } from "../support/file_names.ts";
import { OUTPUT_CASES } from "../support/file_outputs.ts";
import { PLACE_CASES } from "../support/file_places.ts";
import { sampled } from "../support/sampling.ts";
import { Stock } from "../support/stock.ts";

/** Those of all cases that can be tried on this machine. */
function possible(): FileCase[] {
  const modes = cannotObeyModes() === null;
  const mount = canMount;
  return [...MODE_CASES, ...PLACE_CASES, ...OUTPUT_CASES, ...NAME_CASES].filter(({ needs }) =>
    needs === undefined || (needs === "modes" ? modes : mount)
  );
}

async function attempt(stock: Stock, one: FileCase): Promise<void> {
  using stage = stock.stage();
  await one.run(stage, stock);
}

export const files: Group = {
  name: "files",
  unavailable: () => Deno.build.os === "windows" ? "Windows has other modes, links and names" : null,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    for (const one of sampled(ground, possible())) yield { name: one.name, run: () => attempt(stock, one) };
  },
};
