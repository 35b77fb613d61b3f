"""All routes of the product in one list, without a service behind them: for their description and their checks."""

from __future__ import annotations

from typing import Any

from assist.desk.routes import DeskRoutes, DirectoryInfo
from core.routes import Route
from records.audit_routes import AuditRoutes
from records.request_routes import RequestRoutes
from scheduling.staff.routes import StaffRoutes

_NOTHING: Any = None  # stands for the services: a description calls none of them


def routes() -> tuple[Route, ...]:
    """As `memberline.service` mounts them."""
    desk = DeskRoutes(
        desks=_NOTHING,
        contacts=_NOTHING,
        members=_NOTHING,
        audit=_NOTHING,
        phone=_NOTHING,
        directory=DirectoryInfo(destinations=(), topics=()),
        dismiss=_NOTHING,
        clock=_NOTHING,
    )
    requests = RequestRoutes(requests=_NOTHING, members=_NOTHING, audit=_NOTHING)
    return (
        *desk.routes(),
        *requests.routes(),
        *StaffRoutes(staff=_NOTHING, audit=_NOTHING).routes(),
        *AuditRoutes(_NOTHING).routes(),
    )
