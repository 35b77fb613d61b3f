"""All routes of the product in one list: what is mounted, described and checked is the same."""

from __future__ import annotations

from typing import Any

from assist.desk.board_routes import BoardRoutes
from assist.desk.routes import DeskRoutes, DirectoryInfo
from core.routes import Route
from records.audit import Audit
from records.audit_routes import AuditRoutes
from scheduling.staff.routes import StaffRoutes
from scheduling.staff.service import Staff

_NOTHING: Any = None  # stands for the services: a description calls none of them


def routes(*, desk: DeskRoutes, boards: BoardRoutes, staff: Staff, audit: Audit) -> tuple[Route, ...]:
    """Every route, with the services behind it."""
    return (
        *desk.routes(),
        *boards.routes(),
        *StaffRoutes(staff=staff, audit=audit).routes(),
        *AuditRoutes(audit).routes(),
    )


def declared() -> tuple[Route, ...]:
    """The same without a service behind them, to be described and checked."""
    desk = DeskRoutes(
        desks=_NOTHING,
        contacts=_NOTHING,
        members=_NOTHING,
        audit=_NOTHING,
        phone=_NOTHING,
        directory=DirectoryInfo(destinations=(), topics=()),
        dismiss=_NOTHING,
        clock=_NOTHING,
        zone=_NOTHING,
    )
    boards = BoardRoutes(wall=_NOTHING, queues=_NOTHING, looks=_NOTHING)
    return routes(desk=desk, boards=boards, staff=_NOTHING, audit=_NOTHING)
