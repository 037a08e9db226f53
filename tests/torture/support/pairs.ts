import assert from "node:assert/strict";
import type { Ended } from "../../support/started.ts";
import { assertTidy, keptLibraries, libraryInPlace } from "./findings.ts";
import type { Stage } from "./stage.ts";
import type { Stock } from "./stock.ts";

/** What two runs do at once; `other` is a second archive, of the library that is set aside. */
export const DEEDS = ["backup", "restore", "restore other", "undo"] as const;
export type Deed = typeof DEEDS[number];

type Library = "old" | "new" | "aside";

/** Where things stand: the library in place, those that are kept (the newest last), those in new archives. */
interface Standing {
  readonly library: Library;
  readonly kept: readonly Library[];
  readonly archived: readonly Library[];
}

const BEGINNING: Standing = { library: "old", kept: ["aside"], archived: [] };
/** Exits that say clearly that nothing was done because of the other run: it is in use, there is nothing to undo. */
const REFUSALS = [43, 20];

/** How things stand after a deed that nothing disturbs. */
const EFFECTS: Readonly<Record<Deed, (before: Standing) => Standing>> = {
  "backup": (before) => ({ ...before, archived: [...before.archived, before.library] }),
  "restore": (before) => ({ ...before, library: "new", kept: [...before.kept, before.library] }),
  "restore other": (before) => ({ ...before, library: "aside", kept: [...before.kept, before.library] }),
  "undo": (before) => {
    const back = before.kept.at(-1);
    assert(back !== undefined);
    return { ...before, library: back, kept: [...before.kept.slice(0, -1), before.library] };
  },
};

/** Arguments for a deed. */
export function argsOf(deed: Deed, stage: Stage, other: string): string[] {
  if (deed !== "restore other") return stage.command(deed);
  return ["restore", other, "--yes", "--library", stage.library];
}

/** Has two runs do something at once, the second one starting a moment later; both must have taken turns. */
export async function runPair(
  stock: Stock,
  stage: Stage,
  deeds: readonly [Deed, Deed],
  offset: number,
  other: string,
): Promise<void> {
  await using first = stage.start(argsOf(deeds[0], stage, other));
  await new Promise((resolve) => setTimeout(resolve, offset));
  await using second = stage.start(argsOf(deeds[1], stage, other));
  const ended = await Promise.all([first.ended(), second.ended()]);
  for (const { code, stderr } of ended) assert(code === 0 || REFUSALS.includes(code), `exit ${code}: ${stderr}`);
  assertTidy(stage);
  const found = describe(await standingOf(stock, stage));
  const possible = [[0, 1], [1, 0]].map((order) => describe(inTurn(deeds, ended, order)));
  assert(possible.includes(found), `found: ${found}; one after the other: ${possible.join(" or ")}; ${said(ended)}`);
}

function inTurn(deeds: readonly Deed[], ended: readonly Ended[], order: readonly number[]): Standing {
  return order.reduce((standing, index) => {
    const deed = deeds[index];
    return ended[index]?.code === 0 && deed !== undefined ? EFFECTS[deed](standing) : standing;
  }, BEGINNING);
}

async function standingOf(stock: Stock, stage: Stage): Promise<Standing> {
  const kept = keptLibraries(stock, stage, "settled");
  const contents = new Map([[stock.old.settled, "old"], [stock.new, "new"], [stock.aside, "aside"]] as const);
  const archived: Library[] = [];
  for (const archive of stage.newArchives()) {
    const library = contents.get(await stock.contents.ofArchive(archive));
    assert(library !== undefined, `${archive} holds a whole library`);
    archived.push(library);
  }
  return {
    library: libraryInPlace(stock, stage, "settled"),
    kept: (["old", "new", "aside"] as const).flatMap((library) => Array<Library>(kept[library]).fill(library)),
    archived,
  };
}

function describe({ library, kept, archived }: Standing): string {
  return `${library} in place, ${kept.toSorted()} kept, ${archived.toSorted()} in archives`;
}

function said(ended: readonly Ended[]): string {
  return ended.map(({ code, stderr }) => `exit ${code} ${stderr}`).join("; ");
}
