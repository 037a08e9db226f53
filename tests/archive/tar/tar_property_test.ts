import assert from "node:assert/strict";
import fc from "fast-check";
import { anyTar } from "../../support/any_tar.ts";
import { membersOf, TarOracle } from "../../support/tar_oracle.ts";

const CASES = 600;
/** Fewer accepted tars than this would say little. */
const MIN_ACCEPTED = 150;
/** The same tars each time; `deno task torture` makes others. */
const SEED = 1;

Deno.test("TarReader: takes what is right in any chunks, and no tar that Python's tarfile reads otherwise", async () => {
  await using oracle = new TarOracle();
  let accepted = 0;
  const property = fc.asyncProperty(anyTar, async (tar) => void (accepted += Number(await oracle.judge(tar))));
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  assert(accepted >= MIN_ACCEPTED, `only ${accepted} were accepted`);
});

Deno.test("TarReader: refuses random bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => membersOf(bytes) === null));
});
