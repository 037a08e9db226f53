import assert from "node:assert/strict";
import type { StartedProgram } from "../../support/started.ts";
import type { SeededRandom } from "../../../scripts/sample/seeded_random.ts";
import type { Group } from "../group.ts";
import { anyMoment, at, Courses, describeMoment, type Moment, type Repeatable } from "../support/course.ts";
import { assertTidy, libraryInPlace, wholeArchives } from "../support/findings.ts";
import { repeated } from "../support/sampling.ts";
import type { Stage } from "../support/stage.ts";
import { type Condition, Stock } from "../support/stock.ts";

const FULL = 500;
/** A hot journal needs a rollback, which is writing: a backup refuses that library. */
const LIBRARIES: readonly Condition[] = ["settled", "hot log", "rollback mode"];
/** Share of the trials in which another run is under way, stopped in its middle. */
const COMPANY_SHARE = 0.1;
const STOPS = ["copy library", "check copy", "compress"] as const;

interface Plan {
  readonly condition: Condition;
  readonly moment: Moment;
  /** The step at which another run is stopped; null where there is no other. */
  readonly company: string | null;
}

function planFor(random: SeededRandom): Plan {
  const condition = random.pick(LIBRARIES);
  const moment = anyMoment(random);
  return { condition, moment, company: random.chance(COMPANY_SHARE) ? random.pick(STOPS) : null };
}

function backupOf(stock: Stock): Repeatable {
  return { key: "backup", place: () => stock.stage("hot log"), args: (stage) => stage.command("backup") };
}

async function attempt(stock: Stock, courses: Courses, plan: Plan): Promise<void> {
  using stage = stock.stage(plan.condition);
  await using company = plan.company === null ? null : await startCompany(stage, plan.company);
  const alive = stage.temporaries();
  const early = stage.newArchives().length;
  const { ended, where } = await courses.strike(backupOf(stock), plan.moment, stage, "SIGKILL");
  await at(where, async () => {
    const archives = (await wholeArchives(stock, stage, plan.condition)).length;
    assert(archives === early || archives === early + 1);
    if (ended.code === 0) assert.equal(archives, early + 1, "it said that it made a backup");
    assert.equal(libraryInPlace(stock, stage, plan.condition), "old");
    if (company === null && archives === 0 && stage.temporaries().length === 0) return assertTidy(stage);

    stage.ageLeftovers();
    const next = await stage.run(stage.command("backup", "--level", "1"));
    assert.equal(next.code, 0, next.stderr);
    assert.equal((await wholeArchives(stock, stage, plan.condition)).length, archives + 1);
    assertTidy(stage, alive);

    if (company === null) return;
    company.signal("SIGCONT");
    const { code, stderr } = await company.ended();
    assert.equal(code, 0, `the run that was stopped meanwhile: ${stderr}`);
    assert.equal((await wholeArchives(stock, stage, plan.condition)).length, archives + 2);
    assertTidy(stage);
  });
}

/** Starts a run and stops it in its middle; null where it was faster. */
async function startCompany(stage: Stage, step: string): Promise<StartedProgram | null> {
  const program = stage.start(stage.command("backup", "--level", "9", "-v"));
  await program.said(`step ${step}`);
  await program.stop();
  if (stage.temporaries().length > 0) return program;
  program.signal("SIGCONT");
  await program.ended();
  return null;
}

export const killBackup: Group = {
  name: "kill -9 while backing up",
  unavailable: () => Deno.build.os === "windows" ? "Windows has no signals" : null,
  async *trials(ground) {
    const stock = await Stock.make(ground);
    const courses = new Courses(ground.directory);
    yield* repeated(ground, FULL, (random) => {
      const plan = planFor(random);
      const company = plan.company === null ? "" : `, beside another one stopped at "${plan.company}"`;
      const name = `backup of a library (${plan.condition}), killed ${describeMoment(plan.moment)}${company}`;
      return { name, run: () => attempt(stock, courses, plan) };
    });
  },
};
