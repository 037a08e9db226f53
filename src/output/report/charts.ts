import { formatMinute } from "../format.ts";
import { type Markup, markup } from "./markup.ts";

/** In user units of the drawing, which is as wide as the page. */
const WIDTH = 640;
const HEIGHT = 140;
const MARGIN = 8;
/** Where zero is. */
const BASELINE = HEIGHT - MARGIN;
const DOT_RADIUS = 2.5;

/** A value at a time. */
export interface Point {
  /** In ISO 8601. */
  readonly at: string;
  readonly value: number;
}

/** A line chart of values over time, with the first, the last, the least and the greatest in words below it. */
export function lineChart(title: string, points: readonly Point[], format: (value: number) => string): Markup {
  const times = points.map(({ at }) => Date.parse(at));
  const values = points.map(({ value }) => value);
  const place = (index: number) => {
    const x = scale(times[index] ?? 0, times, MARGIN, WIDTH - MARGIN);
    const y = scale(values[index] ?? 0, [0, ...values], BASELINE, MARGIN);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  };
  const places = points.map((_, index) => place(index));
  const dots = points.map(({ at, value }, index) => {
    const [x = "", y = ""] = (places[index] ?? "").split(",");
    return markup`<circle cx="${x}" cy="${y}" r="${DOT_RADIUS}"><title>${formatMinute(at)} UTC: ${
      format(value)
    }</title></circle>`;
  });
  const [first, last] = [points[0], points.at(-1)];
  const words = first === undefined || last === undefined
    ? "no backups"
    : `${format(first.value)} on ${day(first.at)}, ${format(last.value)} on ${day(last.at)}`;
  return markup`<figure><figcaption>${title}: ${words}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${words}"><line x1="0" x2="${WIDTH}" y1="${BASELINE}" y2="${BASELINE}"/><polyline points="${
    places.join(" ")
  }"/>${dots}</svg></figure>
`;
}

/** The position of a value between two ends; the middle where all values are equal. */
function scale(value: number, values: readonly number[], from: number, to: number): number {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return most === least ? (from + to) / 2 : from + (value - least) / (most - least) * (to - from);
}

function day(iso: string): string {
  return formatMinute(iso).slice(0, "2026-02-05".length);
}
