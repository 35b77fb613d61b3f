"""Where recordings lie: their files, and what is too young to be on a disk."""

from __future__ import annotations

import logging
import os
import re
from datetime import datetime
from pathlib import Path

from core.errors import Problem

log = logging.getLogger(__name__)

IN_MEMORY = Path("/dev/shm")
_ID = re.compile(r"[A-Za-z0-9-]{1,36}")


def file_of(folder: Path, contact_id: str, began_at: datetime) -> Path:
    """One folder a day (UTC), one file a contact."""
    if not _ID.fullmatch(contact_id):
        raise Problem("a contact's id has letters, digits and dashes, up to 36", place="contact_id")
    return folder / f"{began_at:%Y/%m/%d}" / f"{contact_id}.rec"


def young_folder(setting: str, *, parent: Path = IN_MEMORY) -> Path | None:
    """Where young seconds wait: the folder that is set, else one in memory; None (and a warning) where there is none.

    Seconds there are encrypted like all others; some 0.5 MB a call. A swap that is not encrypted is a disk.
    """
    if setting:
        return Path(setting)
    if parent.is_dir() and os.access(parent, os.W_OK | os.X_OK):
        return parent / f"memberline-recordings-{os.getuid()}"
    log.warning("there is no folder in memory: seconds that are silenced later have been on the disk for a while")
    return None
