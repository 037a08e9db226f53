/**
 * Whether all is tried, as `deno task test:all` and CI do. `deno task test` leaves out what waits for limits of seconds
 * and most of what differs in one detail from its neighbour; of each kind it tries some.
 */
export const triesAll: boolean = Deno.env.get("VPO_TEST_ALL") === "1";

/**
 * Declares, as `Deno.test` does, a test that `deno task test` ignores, because it differs in one detail from another that
 * is run, or takes seconds; `deno task test:all` and `.ci/run` run it.
 */
export const testMore: typeof Deno.test = triesAll ? Deno.test : Deno.test.ignore as typeof Deno.test;

/** How often something random is tried: so many times where all is tried, and else a quarter of that. */
export function times(count: number): number {
  return triesAll ? count : Math.ceil(count / 4);
}

/** Some of many cases, from the first to the last; all of them where all is tried. */
export function someOf<T>(cases: readonly T[], count: number): readonly T[] {
  if (triesAll || cases.length <= count) return cases;
  return Array.from({ length: count }, (_, index) => cases[Math.floor(index * cases.length / count)] as T);
}
