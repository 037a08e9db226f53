import type { ErrorCode } from "../errors.ts";
import type { Outcome } from "./outcome.ts";
import type { View } from "./view.ts";
import { backedUpView, plannedView, skippedView } from "./views/backup.ts";
import { listedPlacesView, listedView } from "./views/backups.ts";
import { configShownView, configWrittenView } from "./views/config.ts";
import { diffedView } from "./views/diff.ts";
import { diagnosedView } from "./views/doctor.ts";
import { extractedView } from "./views/extract.ts";
import { shownView } from "./views/show.ts";
import { generatedView, scheduleWrittenView } from "./views/generated.ts";
import { prunedView, prunePlannedView } from "./views/prune.ts";
import { reportWrittenView } from "./views/report.ts";
import { statusView } from "./views/status.ts";
import { verifiedView } from "./views/verify.ts";
import { checkedView, restoredView } from "./views/replacement.ts";
import { settingsCheckedView, settingsRestoredView } from "./views/settings/restored_settings.ts";
import { versionView } from "./views/version.ts";

/** How each kind of outcome is presented. */
const VIEWS: { readonly [K in Outcome["kind"]]: View<Extract<Outcome, { readonly kind: K }>> } = {
  planned: plannedView,
  skipped: skippedView,
  restored: restoredView,
  checked: checkedView,
  "settings restored": settingsRestoredView,
  "settings checked": settingsCheckedView,
  listed: listedView,
  "listed places": listedPlacesView,
  diffed: diffedView,
  diagnosed: diagnosedView,
  shown: shownView,
  extracted: extractedView,
  generated: generatedView,
  "config shown": configShownView,
  "config written": configWrittenView,
  "report written": reportWrittenView,
  "schedule written": scheduleWrittenView,
  verified: verifiedView,
  "prune planned": prunePlannedView,
  pruned: prunedView,
  status: statusView,
  "backed up": backedUpView,
  version: versionView,
};

/** The view of an outcome. */
export function viewOf<O extends Outcome>(outcome: O): View<O> {
  // TypeScript does not see that the view at a kind is the view of that kind.
  return VIEWS[outcome.kind] as unknown as View<O>;
}

/** The error with whose exit status an outcome ends the process; null for success. */
export function verdictOf(outcome: Outcome): ErrorCode | null {
  return viewOf(outcome).verdict?.(outcome) ?? null;
}
