import { answering, canMount, FILE_SYSTEMS, type FileSystem } from "../../support/surroundings/mounts.ts";
import type { Group } from "../group.ts";
import type { Errno } from "../support/file_calls.ts";
import { sampled } from "../support/sampling.ts";
import { Stock } from "../support/stock.ts";
import { assertWalked, walk } from "../support/walk.ts";

const FILES = 200;

interface Case {
  readonly name: string;
  readonly run: (stock: Stock) => Promise<void>;
}

/** All that file systems answer where they cannot do what a local disk can. */
const ERRORS = {
  link: ["EPERM", "EXDEV", "EACCES", "EINVAL", "EIO", "ENOSYS", "EOPNOTSUPP", "EMLINK"],
  syncdir: ["EINVAL", "ENOSYS", "ENOTTY", "EOPNOTSUPP", "EACCES", "EBADF"],
  chmod: ["EPERM", "ENOSYS", "EOPNOTSUPP"],
  chown: ["EPERM", "ENOSYS"],
  lock: ["ENOLCK", "ENOSYS", "EACCES"],
} as const satisfies Readonly<Record<string, readonly Errno[]>>;

/** On a file system without locks SQLite does not work at all: a library is never there. */
const LIBRARY_NEEDS: readonly string[] = ["lock"];
const NO_LIBRARY: readonly string[] = ["no locks", "mergerfs cache.files=off", "rclone mount"];

function casesOf(name: string, system: FileSystem, canHoldLibrary: boolean): Case[] {
  if (!system.can) return [];
  const on = (place: "backups" | "vpo") => async (stock: Stock) => {
    const stage = stock.emptyStage();
    using cast = new DisposableStack();
    cast.defer(() => stage[Symbol.dispose]());
    cast.use(system.mount(stage[place]));
    stock.furnish(stage, "settled");
    assertWalked(await walk(stock, stage));
  };
  return [
    { name: `backups on ${name}`, run: on("backups") },
    ...(canHoldLibrary ? [{ name: `the library on ${name}`, run: on("vpo") }] : []),
  ];
}

function possible(): Case[] {
  const named = Object.entries(FILE_SYSTEMS).flatMap(([name, system]) =>
    casesOf(name, system, !NO_LIBRARY.includes(name))
  );
  const answers = Object.entries(ERRORS).flatMap(([kind, errors]) =>
    errors.flatMap((error) =>
      casesOf(
        `a file system where ${kind} answers ${error}`,
        answering({ [kind]: error }),
        !LIBRARY_NEEDS.includes(kind),
      )
    )
  );
  return [...named, ...answers];
}

export const oddFileSystems: Group = {
  name: "odd file systems",
  unavailable: () => canMount && possible().length > 0 ? null : "only root can mount them, with FUSE",
  async *trials(ground) {
    const stock = await Stock.make(ground, { files: [FILES, FILES] });
    for (const one of sampled(ground, possible())) yield { name: one.name, run: () => one.run(stock) };
  },
};
