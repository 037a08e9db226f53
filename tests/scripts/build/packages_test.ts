import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { filesBelow } from "../../../scripts/build/files.ts";
import { signatureFault } from "../../../scripts/build/mach_o.ts";
import { CHECKSUMS, executableName, packageFile } from "../../../scripts/build/package.ts";
import { headerTarget, TARGETS } from "../../../scripts/build/targets.ts";
import { hasPython } from "../../support/commands.ts";
import { NEEDS_PACKAGES, PACKAGES, unpackPackage } from "../../support/packages.ts";
import { TemporaryDirectory } from "../../support/temporary.ts";

/** What an executable has at least and at most, in bytes: nearly all of it is Deno's runtime. */
const SIZES = { least: 60e6, most: 160e6 };

const COMPANIONS = [
  "LICENSE",
  "LICENSES-OF-PACKAGES",
  "README.md",
  "completions/_vpo-backup",
  "completions/vpo-backup.bash",
  "completions/vpo-backup.fish",
  "completions/vpo-backup.nu",
  "completions/vpo-backup.ps1",
  "vpo-backup.1",
];

for (const target of TARGETS.filter(({ isRequired }) => isRequired)) {
  Deno.test({
    name: `packages: that of ${target.triple} is what the checksums say, whole, and for its system ${NEEDS_PACKAGES}`,
    ignore: PACKAGES === undefined || !hasPython,
    async fn() {
      using output = new TemporaryDirectory();
      const bytes = Deno.readFileSync(join(PACKAGES ?? "", packageFile(target)));
      const line = `${createHash("sha256").update(bytes).digest("hex")}  ${packageFile(target)}`;
      assert(Deno.readTextFileSync(join(PACKAGES ?? "", CHECKSUMS)).split("\n").includes(line));

      const executable = await unpackPackage(target, output.path);
      const names = filesBelow(output.path).map((file) => relative(dirname(executable), file));
      assert.deepEqual(names.sort(), [...COMPANIONS, executableName(target)].sort());
      assert.deepEqual(headerTarget(executable), target);
      const { size } = Deno.statSync(executable);
      assert(size > SIZES.least && size < SIZES.most, `${size} bytes`);
      if (target.os === "macos") assert.equal(signatureFault(Deno.readFileSync(executable), target.arch), null);
    },
  });
}
