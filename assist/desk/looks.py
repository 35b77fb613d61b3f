"""Who was shown whom: every member that somebody is told of is on record, once a call for each who sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assist.call_file import CallFile
from assist.desk.boards import WallKeeper
from assist.desk.messages import CallOffered, DeskState, MemberFound
from assist.desk.wall import CallLine, WallChanged
from core.access import User
from core.clock import Clock
from core.events import Event
from records.audit import Audit
from records.look_keeper import LookKeeper
from records.profile import MemberProfile, seen_by


class Looks:
    """Nobody waits for a look to be written, and none is lost for a database that is away.

    `files` are the live calls, `desks` what each agent sees; both are somebody else's to change.
    """

    def __init__(
        self, audit: Audit, clock: Clock, files: Mapping[str, CallFile], desks: Mapping[str, DeskState]
    ) -> None:
        self._keeper = LookKeeper(audit, clock)
        self._files, self._desks = files, desks

    async def stop(self) -> None:
        await self._keeper.stop()

    def told(self, viewer: str, event: Event, action: str = "screen_pop") -> None:
        """`viewer` is told this of a desk: the members in it are seen."""
        match event:
            case CallOffered(call=shown) | (MemberFound() as shown):
                known = self._known(shown.call_id)
                for member in (shown.member, *shown.candidates):
                    if member is not None:
                        self._shown(viewer, known, member, action, f"call {shown.call_id}")

    def on_wall(self, viewer: str, lines: Iterable[CallLine]) -> None:
        """`viewer` reads on the wall who calls."""
        for line in lines:
            if line.member_id is not None:
                why = f"report: the wall, call {line.call_id}"
                self._seen(viewer, self._known(line.call_id), line.member_id, "wall", why, masked=line.protected)

    def of_other(self, viewer: User, subject: str, event: Event | None) -> None:
        """Who listens to the wall, or to the desk of another agent (`subject` says which), is sent this event of it.

        None: they begin to listen. The wall is read over HTTP first, and on record from there.
        """
        if isinstance(event, WallChanged):
            self.on_wall(viewer.agent_id, event.calls)
            return
        if subject == WallKeeper.SUBJECT:
            return
        if event is not None:
            self.told(viewer.agent_id, event, "desk")
            return
        _, _, agent_id = subject.partition(".")
        desk = self._desks.get(agent_id)
        why = f"call {desk.call.call_id}" if desk and desk.call else "report"
        self._keeper.looked(viewer.agent_id, "desk", why=why, about=f"agent {agent_id}")

    def _known(self, call_id: str) -> set[tuple[str, str, str]]:
        """What is on record of this call already."""
        file = self._files.get(call_id)
        return file.looks if file else set()  # long over, but what a bus keeps can be asked for again

    def _shown(
        self, viewer: str, known: set[tuple[str, str, str]], member: MemberProfile, action: str, why: str
    ) -> None:
        """The member as they are here, masked or whole."""
        masked = member.protected and member == seen_by(member, cleared=False)
        self._seen(viewer, known, member.member_id, action, why, masked=masked)

    def _seen(
        self, viewer: str, known: set[tuple[str, str, str]], member_id: str, action: str, why: str, *, masked: bool
    ) -> None:
        """Who saw this member so before sees nothing new."""
        look = (viewer, f"{action}_masked" if masked else action, member_id)
        if look not in known:
            known.add(look)
            self._keeper.looked(viewer, look[1], why=why, member_id=member_id)
