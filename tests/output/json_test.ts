import assert from "node:assert/strict";
import type { Diffed } from "../../src/engine/protocol/mod.ts";
import { BackupError } from "../../src/errors.ts";
import { escapeControls } from "../../src/output/format.ts";
import { JsonReporter } from "../../src/output/json.ts";
import {
  BACKED_UP,
  CHECKED,
  DAMAGED_ENTRY,
  DIRECTORY,
  ENTRY,
  FROM_ARCHIVE,
  FROM_SET_ASIDE,
  listed,
  PLANNED,
  RESTORED,
  SKIPPED,
} from "../support/results.ts";
import { Sayings } from "../support/sayings.ts";

const MB = 1024 * 1024;
const ARCHIVE = "/home/u/.vpo/backups/vpo-library-2026-02-05T14-30-22Z.tar.gz";
const LIBRARY = "/home/u/.vpo/library.db";

/** What it prints: one JSON document and a line end, nothing on standard error. */
function documentOf(speak: (reporter: JsonReporter) => void): unknown {
  const said = new Sayings();
  speak(new JsonReporter(said));
  assert.equal(said.stderr, "");
  const document: unknown = JSON.parse(said.stdout);
  assert.equal(said.stdout, `${JSON.stringify(document, null, 2)}\n`);
  return document;
}

Deno.test("backedUpView: as JSON, as specified", () => {
  assert.deepEqual(documentOf((reporter) => reporter.result(BACKED_UP)), {
    success: true,
    path: ARCHIVE,
    archive_size_bytes: 18.2 * MB,
    database_size_bytes: 52.4 * MB,
    compression_ratio: 0.653,
    file_count: 1523,
    schema_version: 27,
    created_at: "2026-02-05T14:30:22Z",
    database_sha256: "ab".repeat(32),
    reused_bytes: 0,
    settings: { count: 5, total_bytes: 12_390 },
    verified: true,
    duration_seconds: 1.235,
    copies: [],
    warnings: [],
  });
});

Deno.test("skippedView: as JSON, a backup that was not needed", () => {
  assert.deepEqual(documentOf((reporter) => reporter.result(SKIPPED)), {
    success: true,
    skipped: true,
    path: ARCHIVE,
    archive_size_bytes: 18.2 * MB,
    database_size_bytes: 52.4 * MB,
    file_count: 1523,
    schema_version: 27,
    created_at: "2026-02-05T14:30:22Z",
    database_sha256: "ab".repeat(32),
    verified: true,
    duration_seconds: 0.457,
    warnings: [],
  });
});

Deno.test("plannedView: as JSON, as specified", () => {
  assert.deepEqual(documentOf((reporter) => reporter.result(PLANNED)), {
    success: true,
    dry_run: true,
    database_path: LIBRARY,
    database_size_bytes: 52.4 * MB,
    output_path: ARCHIVE,
    estimated_archive_min_bytes: 18 * MB,
    estimated_archive_max_bytes: 26 * MB,
    file_count: 1523,
    schema_version: 27,
    copies: [],
    warnings: [],
    settings: { count: 5, total_bytes: 12_390 },
  });
});

Deno.test("restoredView: as JSON, as specified", () => {
  const document = {
    success: true,
    source_path: ARCHIVE,
    database_path: LIBRARY,
    previous_library_path: `${LIBRARY}.before-restore-2026-02-06T09-12-44Z`,
    previous_library_usable: true,
    kept_log_paths: [],
    removed_library_paths: [],
    duration_seconds: 2.346,
    schema_mismatch: false,
    schema_version: 27,
    file_count: 1523,
    unfinished_job_count: 0,
    settings: null,
    kept_settings_paths: [],
    warnings: [],
  };
  assert.deepEqual(documentOf((reporter) => reporter.result(RESTORED)), document);
  const replacement = { ...FROM_ARCHIVE, schemaVersion: 25 };
  assert.deepEqual(
    documentOf((reporter) => reporter.result({ ...RESTORED, replacement, previousLibrary: null, isUndoable: false })),
    {
      ...document,
      previous_library_path: null,
      previous_library_usable: null,
      schema_mismatch: true,
      schema_version: 25,
    },
  );
});

Deno.test("checkedView: as JSON, as specified; a set-aside library has no VPO version", () => {
  const document = {
    success: true,
    dry_run: true,
    valid: true,
    backup_path: ARCHIVE,
    created_at: "2026-02-05T14:30:22Z",
    vpo_version: "0.2.0",
    schema_version: 27,
    current_schema_version: 27,
    schema_mismatch: false,
    database_size_bytes: 52.4 * MB,
    file_count: 1523,
    unfinished_job_count: 0,
    current_library_usable: true,
    comparison: null,
    comparison_error: null,
    settings: null,
    warnings: [],
  };
  assert.deepEqual(documentOf((reporter) => reporter.result(CHECKED)), document);
  assert.deepEqual(
    documentOf((reporter) => reporter.result({ kind: "checked", replacement: FROM_SET_ASIDE })),
    { ...document, backup_path: FROM_SET_ASIDE.source, vpo_version: null },
  );
});

Deno.test("listedView: as JSON, as specified, with nulls where an archive cannot be read", () => {
  const setAside = [{ path: "/home/u/.vpo/library.db.before-restore-2026-02-06T09-12-44Z", size: 52.4 * MB }];
  const both = { ...listed(ENTRY, { ...DAMAGED_ENTRY, verified: false }), setAside };
  assert.deepEqual(documentOf((reporter) => reporter.result(both)), {
    success: true,
    directory: DIRECTORY,
    total_count: 2,
    total_size_bytes: 18.2 * MB + 512,
    shown_count: 2,
    backups: [
      {
        filename: "vpo-library-2026-02-05T14-30-22Z.tar.gz",
        path: ARCHIVE,
        created_at: "2026-02-05T14:30:22Z",
        archive_size_bytes: 18.2 * MB,
        database_size_bytes: 52.4 * MB,
        file_count: 1523,
        schema_version: 27,
        library_path: "/home/u/.vpo/library.db",
        settings: null,
        origin: "this",
        fault: null,
        error: null,
        verified: null,
      },
      {
        filename: "vpo-library-2026-01-05T14-30-22Z.tar.gz",
        path: `${DIRECTORY}/vpo-library-2026-01-05T14-30-22Z.tar.gz`,
        created_at: "2026-01-05T14:30:22Z",
        archive_size_bytes: 512,
        database_size_bytes: null,
        file_count: null,
        schema_version: null,
        library_path: null,
        settings: null,
        origin: "unknown",
        fault: "damaged",
        error: "it ends too early",
        verified: false,
      },
    ],
    set_aside: [{ path: "/home/u/.vpo/library.db.before-restore-2026-02-06T09-12-44Z", size_bytes: 52.4 * MB }],
    warnings: [],
  });
  assert.deepEqual(documentOf((reporter) => reporter.result(listed())), {
    success: true,
    directory: DIRECTORY,
    total_count: 0,
    total_size_bytes: 0,
    shown_count: 0,
    backups: [],
    set_aside: [],
    warnings: [],
  });
});

Deno.test("JsonReporter.failed: as specified", () => {
  assert.deepEqual(documentOf((reporter) => reporter.failed(new BackupError("not_found", "No", "Look elsewhere."))), {
    success: false,
    error: "No",
    code: "not_found",
    hint: "Look elsewhere.",
    warnings: [],
  });
  assert.deepEqual(documentOf((reporter) => reporter.failed(new BackupError("general", "No"))), {
    success: false,
    error: "No",
    code: "general",
    hint: null,
    warnings: [],
  });
});

Deno.test("JsonReporter.event: warnings go to standard error, without control characters, and into the document", () => {
  const said = new Sayings();
  const reporter = new JsonReporter(said);
  reporter.event({ kind: "step", step: "compress", facts: {} });
  reporter.event({ kind: "progress", done: 1, total: 2 });
  reporter.event({ kind: "warning", message: "x\x1b[2J\ny.tar.gz is damaged" });
  assert.deepEqual([said.stdout, said.stderr], ["", "Warning: x�[2J�y.tar.gz is damaged\n"]);
  reporter.result(BACKED_UP);
  const { warnings } = JSON.parse(said.stdout) as { warnings: string[] };
  assert.deepEqual(warnings, ["x\x1b[2J\ny.tar.gz is damaged"]);
});

Deno.test("JsonReporter.part: a document whose list was begun is ended, by a result and by a failure", () => {
  const side = { kind: "backup", path: "/a", createdAt: null, schemaVersion: 27, fileCount: 1 } as const;
  const total = { count: 0, bytes: 0 };
  const files = {
    kind: "files",
    onlyInFrom: total,
    onlyInTo: { count: 3, bytes: NaN },
    changed: 0,
    unchanged: 1,
    newestScanFrom: null,
    newestScanTo: null,
  } as const;
  const compared: Diffed = { kind: "diffed", from: side, to: side, files, tables: [], settings: null, named: null };
  const difference = { path: "/a\x9b\u202e", change: "only in to", fields: [] } as const;
  const say = (end: (reporter: JsonReporter) => void, count: number) => {
    const said = new Sayings();
    const reporter = new JsonReporter(said);
    reporter.part({ kind: "compared", compared });
    for (let at = 0; at < count; at++) reporter.part({ kind: "differences", differences: [difference] });
    end(reporter);
    assert.match(said.stdout, /^[\x20-\x7e\n]*\n$/);
    const document = JSON.parse(said.stdout) as Record<string, unknown>;
    assert.equal(said.stdout, escapeControls(JSON.stringify(document, null, 2)) + "\n");
    return document;
  };
  for (const count of [0, 1, 2]) {
    const document = say((reporter) => reporter.result({ ...compared, named: count }), count);
    assert.deepEqual([(document["differences"] as unknown[]).length, document["differences_left_out"]], [
      count,
      3 - count,
    ]);
    const failed = say((reporter) => reporter.failed(new BackupError("interrupted", "Interrupted")), count);
    assert.deepEqual([failed["success"], failed["code"]], [false, "interrupted"]);
  }
});

Deno.test("JsonReporter: --quiet leaves only errors on standard error, and every warning in the document", () => {
  const said = new Sayings();
  const reporter = new JsonReporter(said, true);
  reporter.event({ kind: "warning", message: "a remark" });
  reporter.event({ kind: "warning", message: "no copy", isFailure: true });
  reporter.result(BACKED_UP);
  assert.equal(said.stderr, "Error: no copy\n");
  assert.deepEqual((JSON.parse(said.stdout) as { warnings: string[] }).warnings, ["a remark", "no copy"]);
});
