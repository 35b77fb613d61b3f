"""Where the file of a recording lies."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from core.errors import Problem

_ID = re.compile(r"[A-Za-z0-9-]{1,36}")


def file_of(folder: Path, contact_id: str, began_at: datetime) -> Path:
    """One folder a day (UTC), one file a contact."""
    if not _ID.fullmatch(contact_id):
        raise Problem("a contact's id has letters, digits and dashes, up to 36", place="contact_id")
    return folder / f"{began_at:%Y/%m/%d}" / f"{contact_id}.rec"
