"""Backup, restore and list as VPO's own Python code does them: the peer that the benchmark compares with.

vpo_way.py backup LIBRARY ARCHIVE | restore ARCHIVE LIBRARY | list DIRECTORY
"""

import json
import os
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from datetime import datetime, timezone
from pathlib import Path

DATABASE = "library.db"
METADATA = "backup_metadata.json"


def backup(library: str, archive: str) -> None:
    source = sqlite3.connect(library)
    files, size = source.execute("SELECT count(*), coalesce(sum(size_bytes), 0) FROM files").fetchone()
    with tempfile.TemporaryDirectory(dir=os.path.dirname(archive)) as work:
        copy = os.path.join(work, DATABASE)
        target = sqlite3.connect(copy)
        source.backup(target)
        target.close()
        described = {
            "vpo_version": "peer",
            "schema_version": 27,
            "created_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "database_size_bytes": os.path.getsize(library),
            "file_count": files,
            "total_library_size_bytes": size,
            "compression": "gzip",
        }
        metadata = os.path.join(work, METADATA)
        Path(metadata).write_text(json.dumps(described, indent=2))
        packed = os.path.join(work, "archive.tar.gz")
        with tarfile.open(packed, "w:gz") as tar:
            tar.add(copy, arcname=DATABASE)
            tar.add(metadata, arcname=METADATA)
        shutil.move(packed, archive)


def read_metadata(archive: str) -> dict:
    with tarfile.open(archive, "r:gz") as tar:
        return json.load(tar.extractfile(tar.getmember(METADATA)))


def check(database: str) -> None:
    connection = sqlite3.connect(database)
    assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    connection.close()


def restore(archive: str, library: str) -> None:
    read_metadata(archive)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(library)) as work:
        for attempt in ("validate", "restore"):
            place = os.path.join(work, attempt)
            os.mkdir(place)
            with tarfile.open(archive, "r:gz") as tar:
                tar.extract(DATABASE, place)
            check(os.path.join(place, DATABASE))
        os.replace(os.path.join(work, "restore", DATABASE), library)


def list_backups(directory: str) -> None:
    for archive in sorted(Path(directory).glob("vpo-library-*.tar.gz"), reverse=True):
        print(archive.name, read_metadata(str(archive))["file_count"])


{"backup": backup, "restore": restore, "list": list_backups}[sys.argv[1]](*sys.argv[2:])
