import type { SampleFile } from "./files.ts";
import type { SampleTrack } from "./tracks.ts";
import {
  DAY,
  HASH_DIGITS,
  isoTime,
  MINUTE,
  pythonJson,
  type Row,
  SECOND,
  type TableRow,
  type Value,
} from "./row_values.ts";
import type { SeededRandom } from "./seeded_random.ts";

/** A file after its scan; `scannedAt` is in microseconds since 1970. */
export interface ScannedFile extends SampleFile {
  readonly id: number;
  readonly path: string;
  readonly contentHash: string;
  readonly scannedAt: number;
}

interface Action {
  readonly track_index: number;
  readonly track_type: string;
  readonly action_type: string;
  readonly current_value: Value;
  readonly desired_value: Value;
}

interface Run {
  readonly policy: string;
  readonly job: string;
  readonly failure: string | null;
  readonly seconds: number;
  readonly transcode: boolean;
  readonly actions: readonly Action[];
  readonly completedAt: string;
}

/** The policies of the made-up library. */
export const POLICIES = ["default", "anime-dual-audio", "hevc-archive", "strip-foreign-audio"];
/** The phases that each policy runs. */
export const PHASES = ["analyze", "normalize", "finalize"];

// How much of the library VPO has done what to: enough to make 2.4 KB of database a file in all.
const PROCESSED_SHARE = 0.12;
const PLANNED_SHARE = 0.06;
const TRANSCRIBED_SHARE = 0.1;
const ANALYSED_SHARE = 0.05;
const CLASSIFIED_SHARE = 0.05;
const FAILURE_SHARE = 0.03;

const SPEECH =
  "so I told him that we would never make it to the harbour before dark but he just looked at the map and said " +
  "that there is always another way if you are willing to walk and then nobody spoke until the town came up";

/** What VPO's plugins found out about the languages of a file's audio tracks. */
export function* analysisRows(file: ScannedFile, firstTrackId: number, random: SeededRandom): Generator<TableRow> {
  const transcribed = random.chance(TRANSCRIBED_SHARE);
  const analysed = random.chance(ANALYSED_SHARE);
  const classified = random.chance(CLASSIFIED_SHARE);
  const done = isoTime(file.scannedAt + random.below(2 * DAY));
  for (const [index, track] of file.tracks.entries()) {
    if (track.track_type !== "audio") continue;
    const common = { track_id: firstTrackId + index, created_at: done, updated_at: done };
    const commentary = track["title"]?.toString().startsWith("Commentary") ?? false;
    if (transcribed) {
      yield ["transcription_results", {
        ...common,
        detected_language: track.language,
        confidence_score: confidence(random),
        track_type: commentary ? "commentary" : "main",
        transcript_sample: SPEECH.slice(random.below(80), 100 + random.below(120)),
        plugin_name: "whisper-transcriber",
      }];
    }
    if (analysed) yield* languageRows(file, track, common, random);
    if (classified) {
      yield ["track_classification_results", {
        ...common,
        file_hash: file.contentHash,
        original_dubbed_status: index === 1 ? "original" : "dubbed",
        commentary_status: commentary ? "commentary" : "main",
        confidence: confidence(random),
        detection_method: random.pick(["metadata", "acoustic", "combined", "position"]),
        acoustic_profile_json: pythonJson({
          speech_density: confidence(random),
          dynamic_range_db: random.between(8, 30),
        }),
      }];
    }
  }
}

function* languageRows(file: ScannedFile, track: SampleTrack, common: Row, random: SeededRandom): Generator<TableRow> {
  // One analysis a track, so the track's id serves as the id of the analysis too.
  const analysisId = common["track_id"] ?? null;
  const otherLanguage = track.language === "eng" ? "spa" : "eng";
  const primaryShare = random.chance(0.85) ? 1 : 0.5 + random.below(500) / 1_000;
  yield ["language_analysis_results", {
    ...common,
    id: analysisId,
    file_hash: file.contentHash,
    primary_language: track.language,
    primary_percentage: primaryShare,
    classification: primaryShare === 1 ? "SINGLE_LANGUAGE" : "MULTI_LANGUAGE",
    analysis_metadata: pythonJson({
      plugin: "whisper-transcriber",
      model: "base",
      sample_positions: 5,
      speech_ratio: confidence(random),
    }),
  }];
  for (let sample = 1; sample <= 3; sample++) {
    const start_time = Math.floor(track.duration_seconds * sample / 4);
    const language_code = sample === 3 && primaryShare < 1 ? otherLanguage : track.language;
    const segment = { language_code, start_time, end_time: start_time + 30, confidence: confidence(random) };
    yield ["language_segments", { analysis_id: analysisId, ...segment }];
  }
}

/** What VPO's policies planned for a file and did to it. */
export function* policyRows(file: ScannedFile, random: SeededRandom): Generator<TableRow> {
  if (random.chance(PROCESSED_SHARE)) yield* processingRows(file, random);
  if (!random.chance(PLANNED_SHARE)) return;
  const planned = isoTime(file.scannedAt + random.below(5 * DAY));
  const actions = plannedActions(file, random);
  yield ["plans", {
    id: random.uuid(),
    file_id: file.id,
    file_path: file.path,
    policy_name: random.pick(POLICIES),
    policy_version: random.between(1, 5),
    actions_json: pythonJson(actions),
    action_count: actions.length,
    requires_remux: actions.some((action) => action.action_type === "remove_track") ? 1 : 0,
    status: random.pick(["pending", "approved", "rejected", "applied", "applied", "canceled"]),
    created_at: planned,
    updated_at: planned,
  }];
}

function* processingRows(file: ScannedFile, random: SeededRandom): Generator<TableRow> {
  const policy = random.pick(POLICIES);
  const transcode = policy === "hevc-archive";
  const failure = random.chance(FAILURE_SHARE) ? "mkvmerge exited with code 2: No space left on device" : null;
  const seconds = random.between(transcode ? 600_000 : 4_000, transcode ? 5_400_000 : 90_000) / 1_000;
  const queuedAt = file.scannedAt + random.below(5 * DAY);
  const startedAt = queuedAt + random.below(30 * MINUTE);
  const job = random.uuid();
  const actions = plannedActions(file, random);
  const run = { started_at: isoTime(startedAt), completed_at: isoTime(startedAt + Math.floor(seconds * SECOND)) };
  const about = { file_id: file.id, file_path: file.path, policy_name: policy, error_message: failure };
  yield ["jobs", {
    ...about,
    ...run,
    id: job,
    job_type: transcode ? "transcode" : "apply",
    status: failure === null ? "completed" : "failed",
    priority: 100,
    policy_json: pythonJson({
      name: policy,
      phases: PHASES,
      video: { target_codec: transcode ? "hevc" : null, crf: 20 },
    }),
    progress_percent: failure === null ? 100 : random.below(100),
    progress_json: transcode ? pythonJson({ percent: 100, fps: random.between(40, 240), speed: "2.4x" }) : null,
    created_at: isoTime(queuedAt),
    worker_pid: random.between(1_000, 65_000),
    worker_heartbeat: run.completed_at,
    files_affected_json: pythonJson([file.path]),
    summary_json: pythonJson({ actions: actions.length, success: failure === null }),
    log_path: `logs/${job}.log`,
    ...random.chance(0.3) ? { origin: "cli", batch_id: random.uuid() } : { origin: "daemon" },
  }];
  const status = failure === null ? "COMPLETED" : "ROLLED_BACK";
  yield ["operations", {
    ...about,
    ...run,
    id: random.uuid(),
    policy_version: 3,
    actions_json: pythonJson(actions),
    status,
  }];
  const completedAt = run.completed_at;
  yield* statisticsRows(file, { policy, job, failure, seconds, transcode, actions, completedAt }, random);
}

function* statisticsRows(file: ScannedFile, run: Run, random: SeededRandom): Generator<TableRow> {
  const id = random.uuid();
  const success = run.failure === null ? 1 : 0;
  const audio = file.tracks.filter((track) => track.track_type === "audio").length;
  const subtitles = file.tracks.filter((track) => track.track_type === "subtitle").length;
  const audioRemoved = removedTracks(run.actions, "audio");
  const subtitlesRemoved = removedTracks(run.actions, "subtitle");
  const saved = run.transcode
    ? Math.floor(file.sizeBytes * 0.4)
    : audioRemoved * random.between(50_000_000, 400_000_000);
  yield ["processing_stats", {
    id,
    file_id: file.id,
    processed_at: run.completedAt,
    policy_name: run.policy,
    size_before: file.sizeBytes + saved,
    size_after: file.sizeBytes,
    size_change: saved,
    audio_tracks_before: audio + audioRemoved,
    subtitle_tracks_before: subtitles + subtitlesRemoved,
    attachments_before: 0,
    audio_tracks_after: audio,
    subtitle_tracks_after: subtitles,
    attachments_after: 0,
    audio_tracks_removed: audioRemoved,
    subtitle_tracks_removed: subtitlesRemoved,
    attachments_removed: 0,
    duration_seconds: run.seconds,
    phases_completed: success === 1 ? PHASES.length : 1,
    phases_total: PHASES.length,
    total_changes: run.actions.length,
    video_source_codec: file.tracks[0]?.codec ?? null,
    video_target_codec: run.transcode ? "hevc" : null,
    video_transcode_skipped: run.transcode ? 0 : 1,
    video_skip_reason: run.transcode ? null : "codec_matches",
    audio_tracks_transcoded: 0,
    audio_tracks_preserved: audio,
    hash_before: random.hex(HASH_DIGITS),
    hash_after: success === 1 ? file.contentHash : null,
    success,
    error_message: run.failure,
    encoder_type: run.transcode ? random.pick(["hardware", "software"]) : null,
    job_id: run.job,
  }];
  for (const action of run.actions) {
    yield ["action_results", {
      stats_id: id,
      action_type: action.action_type,
      track_type: action.track_type,
      track_index: action.track_index,
      before_state: pythonJson({ value: action.current_value }),
      after_state: pythonJson({ value: action.desired_value }),
      success,
      duration_ms: random.between(3, 900),
      rule_reference: `${run.policy}.phases.normalize`,
      message: run.failure,
    }];
  }
  for (const phase_name of PHASES) {
    const encoding = run.transcode && phase_name === "normalize";
    yield ["performance_metrics", {
      stats_id: id,
      phase_name,
      wall_time_seconds: Math.round(run.seconds * 1_000 / PHASES.length) / 1_000,
      bytes_read: file.sizeBytes + saved,
      bytes_written: phase_name === "analyze" ? 0 : file.sizeBytes,
      encoding_fps: encoding ? random.between(400, 2_400) / 10 : null,
      encoding_bitrate: encoding ? random.between(2_000_000, 9_000_000) : null,
    }];
  }
}

function plannedActions(file: SampleFile, random: SeededRandom): Action[] {
  // Track 0 is the video, which policies leave alone; each of the others is changed at most once.
  const others = file.tracks.length - 1;
  const first = random.below(others);
  const count = Math.min(others, random.between(1, 4));
  const actions: Action[] = [];
  for (let index = 0; index < count; index++) {
    const track_index = 1 + (first + index) % others;
    const track = file.tracks[track_index];
    if (track !== undefined) {
      actions.push({ track_index, track_type: track.track_type, ...plannedChange(track, random) });
    }
  }
  return actions;
}

function plannedChange(track: SampleTrack, random: SeededRandom) {
  return random.pick<Pick<Action, "action_type" | "current_value" | "desired_value">>([
    { action_type: "set_default", current_value: 0, desired_value: 1 },
    { action_type: "clear_default", current_value: 1, desired_value: 0 },
    { action_type: "set_title", current_value: track["title"] ?? null, desired_value: null },
    { action_type: "set_language", current_value: "und", desired_value: track.language },
    { action_type: "remove_track", current_value: track.codec, desired_value: null },
  ]);
}

function removedTracks(actions: readonly Action[], type: SampleTrack["track_type"]): number {
  return actions.filter((action) => action.action_type === "remove_track" && action.track_type === type).length;
}

function confidence(random: SeededRandom): number {
  return (6_000 + random.below(4_000)) / 10_000;
}
