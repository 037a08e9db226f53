import { prepareDestination } from "../backup_directory.ts";
import type { Request } from "../protocol/mod.ts";
import { makeDirectories } from "../real_paths.ts";
import { answers } from "./preparation.ts";
import { settingsDirectories } from "../settings/access.ts";

/**
 * Makes the missing directories that a request writes to.
 *
 * @returns a function that removes those that were made, if they are empty
 */
export function makeDestinations(request: Request): () => Promise<void> {
  const made: { readonly existing: string; readonly takeBack: () => void }[] = [];
  const takeBack = async () => {
    for (const { existing, takeBack } of made.toReversed()) {
      if (await answers(existing)) takeBack();
    }
  };
  try {
    if ("destination" in request && !makesNoDirectory(request)) {
      const { destination } = request;
      const claims = "claim" in request && request.claim;
      made.push({ existing: destination.existing, takeBack: prepareDestination(destination, claims) });
    }
    const restores = request.verb === "restore" || request.verb === "restore settings";
    for (const destination of settingsDirectories(restores ? request.settings : null)) {
      made.push({ existing: destination.existing, takeBack: makeDirectories(destination) });
    }
  } catch (error) {
    for (const { takeBack } of made.toReversed()) takeBack();
    throw error;
  }
  return takeBack;
}

/** A dry run of a backup leaves nothing behind. */
function makesNoDirectory(request: Request): boolean {
  return request.verb === "backup" && request.dryRun;
}
