"""All routes of the product in one list: what is mounted, described and checked is the same."""

from __future__ import annotations

from typing import Any

from assist.desk.board_routes import BoardRoutes
from assist.desk.routes import DeskRoutes, DirectoryInfo
from assist.desk.softphone_routes import SoftphoneRoutes
from assist.guide.routes import GuideRoutes
from assist.recording.routes import RecordingRoutes
from core.routes import Route
from ivr.routes import ClosingRoutes
from records.audit import Audit
from records.audit_routes import AuditRoutes
from records.change_request_routes import ChangeRequestRoutes
from records.contact_routes import ContactRoutes
from records.name_routes import NameRoutes
from records.request_routes import RequestRoutes
from records.task_routes import TaskRoutes
from scheduling.staff.routes import StaffRoutes
from scheduling.staff.service import Staff

_NOTHING: Any = None  # stands for the services: a description calls none of them


def routes(
    *,
    desk: DeskRoutes,
    boards: BoardRoutes,
    guide: GuideRoutes,
    softphone: SoftphoneRoutes,
    staff: Staff,
    requests: RequestRoutes,
    tasks: TaskRoutes,
    names: NameRoutes,
    audit: Audit,
    closing: ClosingRoutes,
    contacts: ContactRoutes,
    recordings: RecordingRoutes | None,
    changes: ChangeRequestRoutes | None,
) -> tuple[Route, ...]:
    """Every route, with the services behind it; those of recordings and changes where there are any."""
    return (
        *desk.routes(),
        *boards.routes(),
        *guide.routes(),
        *softphone.routes(),
        *StaffRoutes(staff=staff, audit=audit).routes(),
        *requests.routes(),
        *tasks.routes(),
        *names.routes(),
        *AuditRoutes(audit).routes(),
        *closing.routes(),
        *contacts.routes(),
        *(recordings.routes() if recordings else ()),
        *(changes.routes() if changes else ()),
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
        end_alarm=_NOTHING,
        call_for=_NOTHING,
        confirm=_NOTHING,
        clock=_NOTHING,
        zone=_NOTHING,
    )
    boards = BoardRoutes(wall=_NOTHING, queues=_NOTHING, looks=_NOTHING)
    requests = RequestRoutes(requests=_NOTHING, members=_NOTHING, audit=_NOTHING)
    closing = ClosingRoutes(closing=_NOTHING, settings=_NOTHING, bus=_NOTHING, clock=_NOTHING, name=str, zone="")
    recordings = RecordingRoutes(
        kept=_NOTHING,
        archive=_NOTHING,
        recorder=_NOTHING,
        contacts=_NOTHING,
        members=_NOTHING,
        audit=_NOTHING,
        agent_on=desk.agent_on,
    )
    return routes(
        desk=desk,
        boards=boards,
        guide=GuideRoutes(guiding=_NOTHING, agent_on=desk.agent_on),
        softphone=SoftphoneRoutes(None, server=""),
        staff=_NOTHING,
        requests=requests,
        tasks=TaskRoutes(tasks=_NOTHING, members=_NOTHING, audit=_NOTHING, clock=_NOTHING, zone=_NOTHING),
        names=NameRoutes(members=_NOTHING, audit=_NOTHING, agent_name=str),
        audit=_NOTHING,
        closing=closing,
        contacts=ContactRoutes(contacts=_NOTHING, members=_NOTHING, audit=_NOTHING),
        recordings=recordings,
        changes=ChangeRequestRoutes(changes=_NOTHING, outbox=_NOTHING, members=_NOTHING, audit=_NOTHING),
    )
