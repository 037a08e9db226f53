import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { triesAll } from "../support/extent.ts";
import { programCommand } from "../support/program.ts";
import { canShare, runOnShare } from "../torture/support/smb.ts";

const LIBRARY = fileURLToPath(new URL("../fixtures/library-v27.db", import.meta.url));

/** What is done one after the other with the backup directory on a share and the library on a local disk. */
const COMMANDS = [
  "backup --dry-run --make-dir",
  "backup --make-dir",
  "backup --output $SMB_SHARE/b/made.tar.gz",
  "backup --output $SMB_SHARE/b/made.tar.gz --force",
  "backup",
  "backups",
  "verify --all",
  "status",
  "show latest",
  "diff",
  "prune --keep-last 1 --yes",
  "restore latest --yes",
  "undo --yes",
] as const;

// Issue 12, B13: "library.db is in use by another process", of a library that was not even on the share.
for (const options of ["", "nobrl"]) {
  Deno.test({
    name: `all commands: work with backups on a real SMB share (${options || "as it is mounted"}; needs canShare)`,
    ignore: !canShare || !triesAll,
    async fn() {
      const { program, args, env } = programCommand([], { home: null });
      const script = [
        "export HOME=$SMB_LOCAL",
        "mkdir -p $HOME/.vpo $SMB_SHARE/b",
        `cp ${LIBRARY} $HOME/.vpo/library.db`,
        ...Object.entries(env).map(([name, value]) => `export ${name}='${value}'`),
        `run() { '${[program, ...args].join("' '")}' "$@" --backup-dir $SMB_SHARE/b >/dev/null || echo "$*: $?"; }`,
        ...COMMANDS.map((command) => `run ${command}`),
        "ls -A $SMB_SHARE/b | wc -l",
      ];
      const { code, stdout, stderr } = await runOnShare(["bash", "-c", script.join("\n")], options);
      assert.deepEqual([code, stdout, stderr], [0, "3\n", ""]);
    },
  });
}
