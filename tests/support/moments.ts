import assert from "node:assert/strict";

/** How often a moment is tried for: on a busy machine one attempt may come too late, all of them do not. */
const ATTEMPTS = 5;

/**
 * Does something to a program that runs, at a moment that it does not wait for, such as a step that it says it begins.
 *
 * @param attempt gives false where the program was past the moment: then nothing is known, and it is tried again
 */
export async function meet(moment: string, attempt: () => Promise<boolean>): Promise<void> {
  for (let tried = 0; tried < ATTEMPTS; tried++) if (await attempt()) return;
  assert.fail(`the program was past ${moment} in all of ${ATTEMPTS} attempts`);
}
