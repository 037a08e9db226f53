const BARS = "▁▂▃▄▅▆▇█";
/** The bar for values that are all equal. */
const LEVEL = "▄";

/**
 * A line of small bars, one per value, scaled from the least to the greatest.
 *
 * @param columns maximum number of bars; with more values, each bar shows the last of those it stands for
 */
export function sparkline(values: readonly number[], columns: number): string {
  const count = Math.min(values.length, columns);
  const shown = Array.from(
    { length: count },
    (_, bar) => values[Math.ceil((bar + 1) * values.length / count) - 1] ?? 0,
  );
  const least = Math.min(...shown);
  const span = Math.max(...shown) - least;
  return shown.map((value) => span === 0 ? LEVEL : BARS[Math.round((value - least) / span * (BARS.length - 1))])
    .join("");
}
