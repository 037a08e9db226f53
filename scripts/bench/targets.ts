import { formatTable } from "../../src/output/format.ts";

/** A figure that was set as a target. */
interface Target {
  readonly what: string;
  /** What it is a share of; null where it is no share. */
  readonly against: string | null;
  /** As it was when the target was set: blocks of 1 MiB, level 5, a full check in a restore. */
  readonly before: string;
  readonly most: number;
}

/** The row of peak memory. */
export const PEAK = "peak memory of a backup, MB";

const TARGETS: readonly Target[] = [
  ...row("fresh", ["python3", "0.61", 0.42], ["pigz -6", "1.39", 0.95], ["restic", "1.36", 0.95]),
  ...row("night", ["python3", "0.63", 0.3], ["pigz -6", "1.39", 0.7], ["restic", "1.41", 0.85], ["borg", "-", 0.85]),
  ...row("unchanged", ["python3", "0.39", 0.22], ["restic", "1.27", 0.7], ["borg", "1.09", 0.65]),
  ...row("unchanged, --skip-unchanged", ["restic", "-", 0.5]),
  ...row("restore", ["python3", "0.65 to 0.74", 0.33]),
  ...row("verify --quick", ["gzip -t", "1.1", 0.8]),
  ...row("list 200", ["1.5 × an empty executable + 0.1 s", "0.36 s", 1]),
  ...row("to the first step of a backup", ["an empty executable", "3.7", 2]),
  ...row("size of the archive", ["gzip -9", "1.02", 1.1]),
  { what: PEAK, against: null, before: "152 and 166", most: 160 },
];

function row(what: string, ...against: readonly (readonly [string, string, number])[]): Target[] {
  return against.map(([against, before, most]) => ({ what, against, before, most }));
}

/** The figures of a run, for the targets among them. */
export class Figures {
  readonly #values = new Map<string, number>();

  /** @param against as in the table of targets */
  note(what: string, against: string | null, value: number): void {
    this.#values.set(keyOf({ what, against }), value);
  }

  /** Notes the first runner's time as a share of that of each other one that there is a target for. */
  noteRatios(what: string, laps: readonly { readonly name: string; readonly ratio: number }[]): void {
    for (const target of TARGETS.filter((target) => target.what === what)) {
      const lap = laps.slice(1).find(({ name }) => name.includes(target.against ?? "-"));
      if (lap !== undefined) this.note(what, target.against, lap.ratio);
    }
  }

  /** What was noted; undefined where nothing was. */
  valueOf(what: string, against: string | null): number | undefined {
    return this.#values.get(keyOf({ what, against }));
  }

  /** The table of targets: before, now, and what is to be reached. */
  lines(): string[] {
    const rows = TARGETS.map((target) => {
      const now = this.#values.get(keyOf(target));
      const verdict = now === undefined ? "" : now <= target.most ? "reached" : "missed";
      const { what, against, before, most } = target;
      return [against === null ? what : `${what} / ${against}`, before, now?.toFixed(2) ?? "-", `${most}`, verdict];
    });
    return formatTable([
      { title: "target", align: "left" },
      { title: "before", align: "right" },
      { title: "now", align: "right" },
      { title: "at most", align: "right" },
      { title: "", align: "left" },
    ], rows);
  }
}

function keyOf({ what, against }: Pick<Target, "what" | "against">): string {
  return `${what} / ${against ?? ""}`;
}

/** How much more a library of more files takes, each size against the one before it. */
export function growthLines(sizes: readonly number[], figures: readonly Figures[]): string[] {
  return figures.slice(1).flatMap((large, index) => {
    const small = figures[index];
    const times = (sizes[index + 1] ?? NaN) / (sizes[index] ?? NaN);
    const growth = (what: string) => (large.valueOf(what, null) ?? NaN) / (small?.valueOf(what, null) ?? NaN);
    return [
      `${times} times the files: a fresh backup takes ${
        growth("fresh, seconds").toFixed(1)
      } times as long, a restore ` +
      `${growth("restore, seconds").toFixed(1)} (at most ${(1.05 * times).toFixed(1)}); peak memory ` +
      `${growth(PEAK).toFixed(2)} times (at most 1.10)`,
    ];
  });
}
