"""What supervisors ask and command over HTTP about closures and queues; what everybody is told of closures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from core.access import Rule
from core.bus import Bus, Position
from core.clock import Clock
from core.events import Message
from core.routes import Refusal, Request, Route
from ivr.closing_promises import Concerned
from ivr.closing_service import ClosingService
from ivr.closing_texts import texts
from ivr.closures import EVERYTHING, NOTICES, CloseAsked, Closure, Moment, Notice, spoken
from ivr.document.model import Language
from ivr.queue_settings import QueueSetting, QueueSettingAsked, QueueSettings


class ClosureLine(Message, frozen=True, kw_only=True):
    """A closure, whether it is in force now, and who made it."""

    closure: Closure
    in_force: bool
    closed_by: str


class Closures(Message, frozen=True, kw_only=True):
    """GET /api/closures: those in force and those to come, and what is needed to make one.

    `standard` is a message to begin with, in each of the menu's `languages`.
    """

    closures: tuple[ClosureLine, ...]
    queues: tuple[str, ...]
    languages: tuple[Language, ...]
    standard: dict[Language, str]
    zone: str


class ConcernedAsked(Message, frozen=True, kw_only=True):
    """The query of whom a closure would concern. It begins now, and lasts a day, where that is left out."""

    queue: Annotated[str, msgspec.Meta(max_length=40)] = EVERYTHING
    begins_at: Moment | None = None
    ends_at: Moment | None = None


class Notices(Message, frozen=True, kw_only=True):
    """GET /api/notices: what is closed now, and the place in the stream of `subject` that it holds for."""

    notices: tuple[Notice, ...]
    position: Position
    subject: str


class QueueSettingList(Message, frozen=True, kw_only=True):
    """GET /api/queue-settings: every queue, by name."""

    queues: tuple[QueueSetting, ...]


class ClosingRoutes:
    """`name` gives the name of whom an agent's id is; `zone` is the site's, for pages that speak of its days."""

    def __init__(
        self,
        *,
        closing: ClosingService,
        settings: QueueSettings,
        bus: Bus,
        clock: Clock,
        name: Callable[[str], str],
        zone: str,
    ) -> None:
        self._closing, self._settings, self._bus, self._clock = closing, settings, bus, clock
        self._name, self._zone = name, zone

    def routes(self) -> Sequence[Route]:
        see, change = Rule(resource="closure", action="see"), Rule(resource="closure", action="change")
        settings = "/api/queue-settings"
        return (
            Route("GET", "/api/closures", self.closures, see),
            Route("GET", "/api/closures/concerned", self.concerned, see, query=ConcernedAsked),
            Route("POST", "/api/closures", self.close, change, body=CloseAsked),
            Route("DELETE", "/api/closures/{closure_id}", self.end, change),
            Route("GET", settings, self.queue_settings, Rule(resource="queue_setting", action="see")),
            Route(
                "PUT",
                f"{settings}/{{queue}}",
                self.set_queue,
                Rule(resource="queue_setting", action="change"),
                body=QueueSettingAsked,
            ),
            Route("GET", "/api/notices", self.notices, Rule(resource="notice", action="see")),
        )

    async def closures(self, request: Request[None]) -> Closures:
        """What is closed by announcement, and what will be."""
        now = self._clock.now()
        languages = self._closing.languages
        return Closures(
            closures=tuple(self._line(each, now) for each in self._closing.current()),
            queues=tuple(sorted(self._closing.queues)),
            languages=languages,
            standard=spoken(texts().standard, languages),
            zone=self._zone,
        )

    async def concerned(self, request: Request[None]) -> Concerned:
        """How many wait, how many call backs and which appointments a closure would concern."""
        asked: ConcernedAsked = request.query
        begins_at = asked.begins_at or self._clock.now()
        ends_at = asked.ends_at or begins_at + timedelta(days=1)
        if ends_at <= begins_at:
            raise Refusal(422, "The end must come after the beginning")
        found = await self._closing.concerned(asked.queue, begins_at, ends_at)
        named = (msgspec.structs.replace(each, counsellor=self._name(each.counsellor)) for each in found.appointments)
        return msgspec.structs.replace(found, appointments=tuple(named))

    async def close(self, request: Request[CloseAsked]) -> ClosureLine:
        """Close a queue, or the whole centre, with a spoken message. The same asked again is the same closure."""
        closure = await self._closing.close(request.body, request.user.agent_id)
        return self._line(closure, self._clock.now())

    async def end(self, request: Request[None]) -> None:
        """End a closure now, or take it back before it begins."""
        await self._closing.end(request.path["closure_id"], request.user.agent_id)

    async def queue_settings(self, request: Request[None]) -> QueueSettingList:
        """Targets, overflow and the offer of call backs."""
        return QueueSettingList(queues=tuple(map(self._named, await self._settings.all())))

    async def set_queue(self, request: Request[QueueSettingAsked]) -> QueueSetting:
        """What is set of a queue from now on."""
        return self._named(await self._settings.set(request.path["queue"], request.body, request.user.agent_id))

    async def notices(self, request: Request[None]) -> Notices:
        """What everybody is told of closures in force."""
        position = await self._bus.position(NOTICES)  # first: a change in between is told, and told again by its event
        return Notices(notices=self._closing.notices(), position=position, subject=NOTICES)

    def _named(self, setting: QueueSetting) -> QueueSetting:
        by = setting.changed_by
        return setting if by is None else msgspec.structs.replace(setting, changed_by=self._name(by))

    def _line(self, closure: Closure, now: datetime) -> ClosureLine:
        return ClosureLine(closure=closure, in_force=closure.in_force(now), closed_by=self._name(closure.closed_by))
