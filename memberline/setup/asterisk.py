"""A real Asterisk: the machine's own where it is new enough, else Debian testing's, unpacked."""

from __future__ import annotations

from pathlib import Path

from memberline.setup.packages import Progress, unpack
from telephony.pbx.find import installed, unpacked


def provide(folder: Path, say: Progress) -> str:
    """See that there is one; its version."""
    found = installed() or unpacked(folder)
    if found is None:
        unpack(["asterisk"], folder, suite="testing", everything=True, say=say)
        found = unpacked(folder)
        assert found is not None, "apt delivered an Asterisk package without Asterisk in it"
    return found.version
