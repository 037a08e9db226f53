import { analysisRows, PHASES, POLICIES, policyRows, type ScannedFile } from "./history.ts";
import { sampleFiles } from "./files.ts";
import { DAY, HASH_DIGITS, isoTime, MINUTE, pythonJson, type Row, SECOND, type TableRow } from "./row_values.ts";
import { SeededRandom } from "./seeded_random.ts";

interface ScanTotals {
  files: number;
  sizeBytes: number;
  errors: number;
}

const FIRST_SCAN = Date.UTC(2025, 0, 1) * 1_000;
const SCANNING_PERIOD = 395 * DAY;
const FILES_PER_SCAN = 400;
const SCAN_ERROR_SHARE = 0.01;

const PLUGINS = ["radarr-metadata", "sonarr-metadata", "whisper-transcriber"];

/**
 * Makes up all rows of a library with `fileCount` files, each after the rows it refers to, one at a time: memory use
 * does not grow with the library.
 */
export function* sampleRows(fileCount: number, seed: number): Generator<TableRow> {
  const random = new SeededRandom(seed);
  yield* settingsRows(random);
  const totals: ScanTotals = { files: 0, sizeBytes: 0, errors: 0 };
  const timePerFile = SCANNING_PERIOD / Math.max(fileCount, 1);
  let scanId = random.uuid();
  let scannedAt = FIRST_SCAN;
  let trackId = 1;
  for (const sample of sampleFiles(fileCount, random)) {
    totals.files++;
    scannedAt = FIRST_SCAN + Math.floor(timePerFile * (totals.files - random.unit()));
    const path = `${sample.directory}/${sample.filename}`;
    const contentHash = random.hex(HASH_DIGITS);
    const file: ScannedFile = { ...sample, id: totals.files, path, contentHash, scannedAt };
    if (random.chance(SCAN_ERROR_SHARE)) {
      totals.errors++;
      yield ["files", brokenFileRow(file, scanId, random)];
    } else {
      totals.sizeBytes += file.sizeBytes;
      yield ["files", fileRow(file, scanId, random)];
      yield* trackRows(file, trackId);
      yield* analysisRows(file, trackId, random);
      yield* policyRows(file, random);
      trackId += file.tracks.length;
    }
    if (totals.files % FILES_PER_SCAN === 0) {
      yield* scanRows(scanId, scannedAt, totals, random);
      scanId = random.uuid();
    }
  }
  if (totals.files % FILES_PER_SCAN !== 0 || fileCount === 0) yield* scanRows(scanId, scannedAt, totals, random);
}

function* settingsRows(random: SeededRandom): Generator<TableRow> {
  const at = isoTime(FIRST_SCAN);
  for (const name of POLICIES) {
    const definition = pythonJson({
      schema_version: 12,
      phases: PHASES,
      track_order: ["video", "audio_main", "audio_alternate", "subtitle_main", "audio_commentary"],
      audio_language_preference: ["eng", "und"],
      default_flags: { set_first_video_default: true, clear_other_defaults: true },
    });
    yield ["policies", { name, version: random.between(1, 5), definition, created_at: at, updated_at: at }];
  }
  for (const plugin_name of PLUGINS) {
    const acknowledgment = { plugin_hash: random.hex(HASH_DIGITS), acknowledged_at: at, acknowledged_by: "media" };
    yield ["plugin_acknowledgments", { plugin_name, ...acknowledgment }];
  }
}

function fileRow(file: ScannedFile, scanId: string, random: SeededRandom): Row {
  return {
    id: file.id,
    path: file.path,
    filename: file.filename,
    directory: file.directory,
    extension: file.extension,
    size_bytes: file.sizeBytes,
    modified_at: isoTime(file.scannedAt - random.below(90 * DAY)),
    content_hash: file.contentHash,
    container_format: file.containerFormat,
    scanned_at: isoTime(file.scannedAt),
    scan_status: "ok",
    job_id: scanId,
    plugin_metadata: file.pluginMetadata === null ? null : pythonJson(file.pluginMetadata),
    container_tags: pythonJson(file.containerTags),
  };
}

function brokenFileRow(file: ScannedFile, scanId: string, random: SeededRandom): Row {
  return {
    ...fileRow(file, scanId, random),
    content_hash: null,
    container_format: null,
    scan_status: "error",
    scan_error: `ffprobe failed for ${file.path}: EBML header parsing failed; Invalid data found when processing input`,
    plugin_metadata: null,
    container_tags: null,
  };
}

function* trackRows(file: ScannedFile, firstTrackId: number): Generator<TableRow> {
  for (const [index, track] of file.tracks.entries()) {
    yield ["tracks", { ...track, id: firstTrackId + index, file_id: file.id, track_index: index }];
  }
}

function* scanRows(id: string, scannedAt: number, totals: ScanTotals, random: SeededRandom): Generator<TableRow> {
  const finished = isoTime(scannedAt + random.between(SECOND, MINUTE));
  const started = isoTime(scannedAt - random.between(MINUTE, 30 * MINUTE));
  yield ["jobs", {
    id,
    file_path: "/srv/media",
    job_type: "scan",
    status: "completed",
    priority: 100,
    progress_percent: 100,
    created_at: started,
    started_at: started,
    completed_at: finished,
    summary_json: pythonJson({
      total_discovered: totals.files,
      scanned: FILES_PER_SCAN,
      removed: 0,
      errors: totals.errors,
    }),
    log_path: `logs/${id}.log`,
    origin: "daemon",
  }];
  yield ["library_snapshots", {
    snapshot_at: finished,
    total_files: totals.files,
    total_size_bytes: totals.sizeBytes,
    missing_files: random.below(5),
    error_files: totals.errors,
  }];
}
