import type { SettingsBundle } from "../../store/settings/settings_index.ts";
import { currentUser } from "../../store/user.ts";
import type { PlacedSettings, SettingsPreview, SettingsQuestion, SettingsRequest } from "../protocol/mod.ts";
import type { Job } from "../worker/job.ts";
import { SettingsPlacement } from "./place_settings.ts";
import { planSettings, type SettingsPlan } from "./plan.ts";
import { removeTemporaries, tryPlaces } from "./try_places.ts";

/** How to ask, and about which library. */
interface Asking {
  /** Path of the library that goes with the settings; null where it is left alone. */
  readonly library: string | null;
  readonly confirm: boolean;
  readonly dryRun: boolean;
}

/** The settings of one backup on their way to this machine: checked, asked for, put in place. */
export class SettingsRestore {
  readonly #plan: SettingsPlan;
  readonly #bundle: SettingsBundle;
  readonly #job: Job;

  /**
   * Checks all that can be checked before anything changes.
   *
   * @param bundle what the archive holds of settings
   * @throws {BackupError} where what is wanted of them cannot be put in place
   */
  constructor({ destination, wish }: SettingsRequest, bundle: SettingsBundle, job: Job) {
    this.#bundle = bundle;
    this.#job = job;
    const user = currentUser();
    this.#plan = planSettings(bundle.entries, destination, wish, user);
    const { leftovers } = job.host.prepared;
    if (this.isNeeded) tryPlaces(this.#plan, job.files.path, leftovers, user);
    removeTemporaries(destination.paths, job.files.path, leftovers);
  }

  get preview(): SettingsPreview {
    return this.#plan.preview;
  }

  /** Whether anything is to be put in place. */
  get isNeeded(): boolean {
    return this.#plan.steps.length > 0;
  }

  /** Warns on a new machine that VPO needs more than its library. */
  warnOfMissingConfig(): void {
    const { missingConfig, wanted, left } = this.preview;
    if (missingConfig === null || wanted.missing.includes("config.toml")) return;
    const way = left.missing.includes("config.toml")
      ? "this backup holds one, which --settings restores"
      : "this backup holds none, make a new one with: vpo init";
    this.#job.warn(`VPO does not start without settings, and there is no "${missingConfig}": ${way}`);
  }

  /** Whether they are to be put in place; nobody is asked if there is nothing to do. */
  async isAgreed({ library, confirm, dryRun }: Asking): Promise<boolean> {
    if (!this.isNeeded) return false;
    const config = this.#plan.steps.find(({ entry }) => entry.name === "config.toml")?.entry ?? null;
    const question: SettingsQuestion = {
      kind: "settings",
      preview: this.preview,
      kept: this.#plan.destination.kept,
      config: config === null ? null : this.#bundle.read(config),
      library,
      confirm,
      dryRun,
    };
    return await this.#job.host.ask(question);
  }

  /** @throws {BackupError} saying how far it came */
  place(): PlacedSettings {
    this.#job.step("replace settings", { count: this.#plan.steps.length });
    const placement = new SettingsPlacement(this.#plan, this.#bundle, currentUser(), this.#job.files.path);
    return placement.run((done, total) => this.#job.progress(done, total));
  }
}
