import type { Group } from "./group.ts";

/** Every group, in the order of the scoreboard. */
export const GROUPS: readonly Group[] = [];
