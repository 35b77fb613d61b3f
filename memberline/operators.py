"""Who uses the command line, for the audit log."""

from __future__ import annotations

import os
import pwd


def who() -> str:
    """The machine's user, and behind `sudo` the one who called it."""
    caller = os.environ.get("SUDO_UID", "")
    uid = int(caller) if os.getuid() == 0 and caller.isdigit() else os.getuid()
    try:
        return f"command line: {pwd.getpwuid(uid).pw_name}"
    except KeyError:  # a user without a name, as in a container
        return f"command line: {uid}"
