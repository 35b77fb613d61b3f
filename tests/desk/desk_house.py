"""A desk to look at: the widget's own build, the real HTTP application, gateway and bus, and a scripted back office."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
from desk_story import (
    ADMINISTRATOR,
    AGENT,
    ALARM,
    AT,
    AUDITOR,
    DIRECTORY,
    GUIDE,
    LOOKS,
    SCHEDULER,
    STAFF,
    SUPERVISOR,
    WALL,
    desk,
)
from msgspec.structs import replace

from assist.desk.board_routes import WallInfo
from assist.desk.boards import WallKeeper
from assist.desk.messages import (
    ActingChanged,
    AlarmEnded,
    AlarmRaised,
    AnyDeskEvent,
    ContactConfirmed,
    DeskState,
    DraftChanged,
    RecordingChanged,
    RecordingState,
    SuggestionWithdrawn,
    Transfer,
    TransferChanged,
)
from assist.desk.routes import Acting, AlarmAsked, DeskInfo, DirectoryInfo, PastContacts, TransferAsked
from assist.desk.state import apply
from assist.desk.wall import Wall, changes
from assist.guide.routes import HandbookAsked, HandbookFound
from assist.recording.routes import PauseAsked
from core.access import Rule, User
from core.clock import SystemClock
from core.paging import NamePlace, Paging, Place, cut
from core.routes import Refusal, Request, Route, myself
from ivr.closures import NOTICES
from ivr.routes import Notices
from realtime.bus import InProcessBus
from realtime.gateway import Gateway
from realtime.http import HttpServer, create_app
from realtime.tickets import Tickets
from records.agents import Agent, Hired, Moved
from records.audit import AuditCheck, Looks
from records.contact import ContactDraft
from records.profile import PastContact
from scheduling.staff.routes import SignOn, StaffLine, StaffList, StateChosen, WrapUpExtended

PASSWORD = "open sesame"
SUBJECT = f"agent.{AGENT.agent_id}"


class TwoPeople:
    """The agent signs in as `dana`, the supervisor as `sam`; `ada` administers, `otto` audits, `sid` schedules."""

    async def sign_in(self, username: str, password: str) -> User | None:
        people = {"dana": AGENT, "sam": SUPERVISOR, "ada": ADMINISTRATOR, "otto": AUDITOR, "sid": SCHEDULER}
        return people.get(username) if password == PASSWORD else None


class BackOffice:
    """Keeps one desk, tells it events, does what it commands, and remembers the commands."""

    def __init__(self, bus: InProcessBus) -> None:
        self.bus = bus
        self.state: DeskState = desk()
        self.wall: Wall = WALL
        self.commands: list[tuple[str, object]] = []
        self.refuse: Refusal | None = None
        self.history: tuple[PastContact, ...] = ()
        self.staff: list[Agent] = list(STAFF)
        self.closing: Sequence[Route] | None = None  # instead of a centre where nothing is ever closed

    async def tell(self, *events: AnyDeskEvent) -> None:
        """Something happened: kept here, pushed to the browser."""
        for event in events:
            self.state = apply(self.state, event)
            await self.bus.publish(SUBJECT, event)

    async def show(self, wall: Wall) -> None:
        """The wall becomes this: kept here, pushed to the browser."""
        if change := changes(self.wall, wall, AT):
            self.wall = wall
            await self.bus.publish(WallKeeper.SUBJECT, change)

    def routes(self) -> Sequence[Route]:
        change, write = Rule(resource="call", action="change"), Rule(resource="contact", action="change")
        see_member = Rule(resource="member", action="see")
        call = "/api/calls/{call_id}"
        return (
            Route("GET", "/api/desk", self._desk, Rule(resource="desk", action="see"), owner=myself),
            Route("POST", f"{call}/transfer", self._transfer, change, owner=myself, body=TransferAsked),
            Route("POST", f"{call}/suggestions/{{suggestion_id}}/dismiss", self._dismiss, change, owner=myself),
            Route("POST", f"{call}/alarms", self._alarm, change, owner=myself, body=AlarmAsked),
            Route("POST", f"{call}/alarms/{{alarm_id}}/end", self._end_alarm, change, owner=myself),
            Route("GET", "/api/handbook", self._handbook, Rule(resource="handbook", action="see"), query=HandbookAsked),
            Route("POST", f"{call}/handbook/{{passage_id}}/opened", self._opened, change, owner=myself),
            Route("PUT", f"{call}/acting", self._acting, write, owner=myself, body=Acting),
            Route("PUT", f"{call}/recording", self._record, change, owner=myself, body=PauseAsked),
            Route("PUT", f"{call}/draft", self._draft, write, owner=myself, body=ContactDraft),
            Route("POST", f"{call}/confirm", self._confirm, write, owner=myself, body=ContactDraft),
            Route("GET", "/api/members/{member_id}/contacts", self._contacts, see_member, query=Paging),
            Route("GET", "/api/directory", self._directory, Rule(resource="directory", action="see")),
            Route("GET", "/api/wall", self._wall, Rule(resource="wall", action="see")),
            *self._state_routes(),
            *self._staff_routes(),
            *(self.closing or (Route("GET", "/api/notices", self._notices, Rule(resource="notice", action="see")),)),
        )

    def _state_routes(self) -> Sequence[Route]:
        """What an agent does about their own state."""
        change, one = Rule(resource="state", action="change"), "/api/agents/{agent_id}"

        async def choose(request: Request[StateChosen]) -> None:
            self._take("state", request.body.name)

        async def sign_on(request: Request[SignOn]) -> None:
            self._take("sign on", request.body.device)

        async def sign_off(_: Request[None]) -> None:
            self._take("sign off", "")

        async def extend(request: Request[WrapUpExtended]) -> None:
            self._take("extend", request.body.seconds)

        return (
            Route("PUT", f"{one}/state", choose, change, owner=myself, body=StateChosen),
            Route("POST", f"{one}/telephone", sign_on, change, owner=myself, body=SignOn),
            Route("DELETE", f"{one}/telephone", sign_off, change, owner=myself),
            Route("POST", f"{one}/wrap-up", extend, change, owner=myself, body=WrapUpExtended),
        )

    def _staff_routes(self) -> Sequence[Route]:
        """What administrators and auditors see and do."""
        see, change = Rule(resource="staff", action="see"), Rule(resource="staff", action="change")
        audit = Rule(resource="audit", action="see")

        async def everybody(request: Request[None]) -> StaffList:
            """Two on each page, whatever is asked for: the page must ask for them all."""
            place, ordered = request.query.name_place(), sorted(self.staff, key=lambda each: (each.name, each.agent_id))
            left = [each for each in ordered if place is None or (each.name, each.agent_id) > place]
            page, after = cut(left, 2, lambda each: NamePlace(each.name, each.agent_id))
            return StaffList(agents=tuple(StaffLine(agent=each, state=None) for each in page), next=after)

        async def hire(request: Request[Hired]) -> Agent:
            self._take("hire", request.body)
            facts = {name: getattr(request.body, name) for name in ("username", "name", "role", "level", "queues")}
            hired = Agent(agent_id=request.body.username, specialties=(), device=None, **facts)
            self.staff.append(hired)
            return hired

        async def move(request: Request[Moved]) -> Agent:
            given = {name: value for name, value in msgspec.structs.asdict(request.body).items() if value is not None}
            self._take("move", given)
            (before,) = (each for each in self.staff if each.agent_id == request.path["agent_id"])
            moved = replace(before, **{name: value for name, value in given.items() if name != "password"})
            self.staff[self.staff.index(before)] = moved
            return moved

        async def leave(request: Request[None]) -> None:
            self._take("leave", request.path["agent_id"])
            self.staff = [each for each in self.staff if each.agent_id != request.path["agent_id"]]

        async def looks(_: Request[None]) -> Looks:
            return Looks(items=LOOKS, next=None)

        async def check(_: Request[None]) -> AuditCheck:
            return AuditCheck(entries=len(LOOKS), whole=True, last_id=40, head="9f" * 32)

        return (
            Route("GET", "/api/agents", everybody, see, query=Paging),
            Route("POST", "/api/agents", hire, change, body=Hired),
            Route("PATCH", "/api/agents/{agent_id}", move, change, body=Moved),
            Route("DELETE", "/api/agents/{agent_id}", leave, change),
            Route("GET", "/api/audit", looks, audit),
            Route("GET", "/api/audit/check", check, audit),
        )

    async def _desk(self, _: Request[None]) -> DeskInfo:
        return DeskInfo(state=self.state, position=await self.bus.position(SUBJECT), subject=SUBJECT)

    async def _transfer(self, request: Request[TransferAsked]) -> None:
        self._take("transfer", request.body)
        transfer = Transfer(destination=request.body.destination, destination_name="Pension Analyst", state="started")
        await self.tell(TransferChanged(at=AT, call_id=request.path["call_id"], transfer=transfer))

    async def _dismiss(self, request: Request[None]) -> None:
        call_id, suggestion_id = request.path["call_id"], request.path["suggestion_id"]
        self._take("dismiss", suggestion_id)
        await self.tell(SuggestionWithdrawn(at=AT, call_id=call_id, suggestion_id=suggestion_id))

    async def _alarm(self, request: Request[AlarmAsked]) -> None:
        self._take("alarm", request.body.kind)
        alarm = replace(ALARM, alarm_id="help-1", kind=request.body.kind, title="A hand is raised", evidence="")
        await self.tell(AlarmRaised(at=AT, call_id=request.path["call_id"], alarm=alarm))

    async def _end_alarm(self, request: Request[None]) -> None:
        call_id, alarm_id = request.path["call_id"], request.path["alarm_id"]
        self._take("alarm seen to", alarm_id)
        await self.tell(AlarmEnded(at=AT, call_id=call_id, alarm_id=alarm_id))

    async def _handbook(self, request: Request[None]) -> HandbookFound:
        """Passages"""
        self._take("handbook", request.query.words)
        return HandbookFound(passages=GUIDE.passages if "service" in request.query.words else ())

    async def _opened(self, request: Request[None]) -> None:
        self._take("opened", request.path["passage_id"])

    async def _acting(self, request: Request[Acting]) -> None:
        self._take("acting", request.body.authority_id)
        acting = request.body.authority_id
        await self.tell(ActingChanged(at=AT, call_id=request.path["call_id"], acting=acting))

    async def _record(self, request: Request[PauseAsked]) -> None:
        self._take("record", request.body)
        state: RecordingState = request.body.kind if request.body.paused else "on"
        await self.tell(RecordingChanged(at=AT, call_id=request.path["call_id"], recording=state))

    async def _draft(self, request: Request[ContactDraft]) -> None:
        self._take("draft", request.body)
        await self.tell(DraftChanged(at=AT, call_id=request.path["call_id"], draft=request.body))

    async def _confirm(self, request: Request[ContactDraft]) -> None:
        self._take("confirm", request.body)
        await self.tell(ContactConfirmed(at=AT, call_id=request.path["call_id"], contact_id="contact-1"))

    async def _contacts(self, request: Request[None]) -> PastContacts:
        """Earlier contacts"""
        place, limit = request.query.place(), request.query.limit
        ids = [past.contact_id for past in self.history]
        begin = 0 if place is None else ids.index(place.id) + 1
        items, after = cut(self.history[begin:], limit, lambda past: Place(past.at, past.contact_id))
        return PastContacts(items=items, next=after)

    async def _directory(self, _: Request[None]) -> DirectoryInfo:
        return DIRECTORY

    async def _notices(self, _: Request[None]) -> Notices:
        return Notices(notices=(), position=await self.bus.position(NOTICES), subject=NOTICES)

    async def _wall(self, _: Request[None]) -> WallInfo:
        subject = WallKeeper.SUBJECT
        return WallInfo(state=self.wall, position=await self.bus.position(subject), subject=subject)

    def _take(self, command: str, what: object) -> None:
        if self.refuse is not None:
            raise self.refuse
        self.commands.append((command, what))


class DeskHouse:
    """The servers around one back office. `address` is where a browser finds the desk."""

    def __init__(self, files: Path) -> None:
        self._files = files
        self._clock = SystemClock()
        self._tickets = Tickets(self._clock)
        self.office = BackOffice(InProcessBus())
        self._port, self._gateway_port = _free_port(), _free_port()
        self.address = f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        await self.open_gateway()
        app = create_app(
            self.office.routes(),
            bus=self.office.bus,
            clock=self._clock,
            authenticator=TwoPeople(),
            tickets=self._tickets,
            gateway_url=f"ws://127.0.0.1:{self._gateway_port}/",
            static=self._files,
        )
        self._http = HttpServer(app, "127.0.0.1", self._port)
        await self._http.start()

    async def stop(self) -> None:
        await self._http.stop()
        await self.close_gateway()

    async def open_gateway(self) -> None:
        bus, port = self.office.bus, self._gateway_port
        self._gateway = Gateway(bus, self._tickets, port=port, origins=[self.address])
        await self._gateway.start()

    async def close_gateway(self) -> None:
        """Every websocket drops."""
        await self._gateway.stop()

    async def start_anew(self) -> None:
        """A new process after `stop`: the desk's state is known again, who was signed in is not."""
        self.forget()
        await self.start()

    def forget(self) -> None:
        """The state is known, what was published is not."""
        self.office.bus = InProcessBus()


@asynccontextmanager
async def open_desk_house(files: Path) -> AsyncIterator[DeskHouse]:
    house = DeskHouse(files)
    await house.start()
    try:
        yield house
    finally:
        await house.stop()


def _free_port() -> int:
    """The gateway must know the page's port and the page the gateway's: both are chosen before either starts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: Any = probe.getsockname()[1]
        return int(port)
