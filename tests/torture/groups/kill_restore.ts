import assert from "node:assert/strict";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import type { Group } from "../group.ts";
import { anyMoment, at, Courses, describeMoment, type Moment, type Repeatable } from "../support/course.ts";
import { assertTidy, keptLibraries, libraryInPlace } from "../support/findings.ts";
import { repeated } from "../support/sampling.ts";
import { type Condition, CONDITIONS, Stock } from "../support/stock.ts";

const FULL = 500;

interface Plan {
  readonly verb: "restore" | "undo";
  readonly condition: Condition;
  readonly moment: Moment;
}

function planFor(random: SeededRandom): Plan {
  return { verb: random.pick(["restore", "undo"]), condition: random.pick(CONDITIONS), moment: anyMoment(random) };
}

function replacementOf(stock: Stock, verb: Plan["verb"]): Repeatable {
  return { key: verb, place: () => stock.stage("hot log"), args: (stage) => stage.command(verb) };
}

async function attempt(stock: Stock, courses: Courses, plan: Plan): Promise<void> {
  using stage = stock.stage(plan.condition);
  const { ended, where } = await courses.strike(replacementOf(stock, plan.verb), plan.moment, stage, "SIGKILL");
  await at(where, async () => {
    const result = plan.verb === "restore" ? "new" : "aside";
    const inPlace = libraryInPlace(stock, stage, plan.condition);
    assert(inPlace === "old" || inPlace === result, `the library in place is the ${inPlace} one`);
    if (ended.code === 0) assert.equal(inPlace, result, "it said that it was done");
    const kept = keptLibraries(stock, stage, plan.condition);
    if (inPlace === result) assert(kept.old >= 1, "the library that was replaced is kept");
    if (plan.verb === "restore" || inPlace === "old") assert(kept.aside >= 1, "one set aside before stays");
    if (inPlace === "old" && kept.old === 0 && stage.temporaries().length === 0) return assertTidy(stage);

    stage.ageLeftovers();
    const next = await stage.run(stage.command("restore"));
    assert.equal(next.code, 0, `the next run: ${next.stderr}`);
    assert.equal(libraryInPlace(stock, stage, plan.condition), "new");
    const keptNow = keptLibraries(stock, stage, plan.condition);
    assert(keptNow[inPlace] >= 1, "the library that the next run replaced is kept");
    assert(keptNow.old >= 1, "no library is lost");
    assertTidy(stage);
  });
}

export const killRestore: Group = {
  name: "kill -9 while restoring",
  unavailable: () => Deno.build.os === "windows" ? "Windows has no signals" : null,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    const courses = new Courses(ground.directory);
    yield* repeated(ground, FULL, (random) => {
      const plan = planFor(random);
      const name = `${plan.verb} over a library (${plan.condition}), killed ${describeMoment(plan.moment)}`;
      return { name, run: () => attempt(stock, courses, plan) };
    });
  },
};
