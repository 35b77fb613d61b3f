"""What can go wrong between Memberline and the PBX, in words for whoever can put it right."""

from __future__ import annotations

from core.errors import Problem


class LinkDown(Problem):
    """There is no connection to the PBX now; the action was not sent, or its answer was lost with the connection."""


class ActionTimeout(Problem):
    """The PBX did not answer in time. Whether it did what was asked is not known."""


class ActionFailed(Problem):
    """The PBX refused an action, in its own words (`what`)."""
