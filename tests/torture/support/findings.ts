import assert from "node:assert/strict";
import type { Condition, Stock } from "./stock.ts";
import type { Stage } from "./stage.ts";

/** The archives that came in a trial; each must be whole and hold the library. */
export async function wholeArchives(stock: Stock, stage: Stage, condition: Condition): Promise<string[]> {
  const archives = stage.newArchives();
  for (const archive of archives) {
    assert.equal(await stock.contents.ofArchive(archive), stock.old[condition], `${archive} holds the library`);
  }
  return archives;
}

/** Which library is in place: the old one or one of the others that could be; never a mixture. */
export function libraryInPlace(stock: Stock, stage: Stage, condition: Condition): "old" | "new" | "aside" {
  const content = stock.contents.of(stage.library);
  if (content === stock.old[condition]) return "old";
  if (content === stock.new) return "new";
  assert.equal(content, stock.aside, "the library in place is a whole one");
  return "aside";
}

/** How often each library is kept beside the one in use; each must be whole. */
export function keptLibraries(
  stock: Stock,
  stage: Stage,
  condition: Condition,
): Record<"old" | "new" | "aside", number> {
  const kept = { old: 0, new: 0, aside: 0 };
  for (const path of stage.setAside()) {
    const content = stock.contents.of(path);
    const which = (["old", "new", "aside"] as const).find((name) =>
      content === (name === "old" ? stock.old[condition] : stock[name])
    );
    assert(which !== undefined, `${path} is a whole library`);
    kept[which]++;
  }
  return kept;
}

/** No temporary file is left, and no library has a second name: what happened to one would happen to the other. */
export function assertTidy(stage: Stage, expected: readonly string[] = []): void {
  assert.deepEqual(stage.strangers(), [...expected], "nothing is left over");
  for (const path of [stage.library, ...stage.setAside()]) {
    assert.equal(Deno.statSync(path).nlink, 1, `${path} has one name only`);
  }
}
