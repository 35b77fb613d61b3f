"""What many look at, over HTTP: the wall and the queues. What becomes another there comes over the websocket."""

from __future__ import annotations

from collections.abc import Sequence

from assist.desk.boards import QueueKeeper, WallKeeper
from assist.desk.looks import Looks
from assist.desk.wall import Wall
from core.access import Rule
from core.bus import Position, word
from core.events import Message
from core.routes import Refusal, Request, Route
from telephony.queue import QueueState


class WallInfo(Message, frozen=True, kw_only=True):
    """GET /api/wall: the wall, and the place in the stream of `subject` that it holds for."""

    state: Wall
    position: Position
    subject: str


class QueueInfo(Message, frozen=True, kw_only=True):
    """GET /api/queues/{name}: the queue, and the place in the stream of `subject` that it holds for."""

    state: QueueState
    position: Position
    subject: str


class BoardRoutes:
    """The handlers."""

    def __init__(self, *, wall: WallKeeper, queues: QueueKeeper, looks: Looks) -> None:
        self._wall, self._queues, self._looks = wall, queues, looks

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", "/api/wall", self.wall, Rule(resource="wall", action="see")),
            Route(
                "GET", "/api/queues/{name}", self.queue, Rule(resource="queue", action="see"), owner=self._with_a_right
            ),
        )

    async def wall(self, request: Request[None]) -> WallInfo:
        """Everybody's work at a glance."""
        state, position = await self._wall.snapshot()
        self._looks.on_wall(request.user.agent_id, state.calls)
        return WallInfo(state=state, position=position, subject=WallKeeper.SUBJECT)

    async def queue(self, request: Request[None]) -> QueueInfo:
        """Who waits in a queue, and who is a member of it."""
        name = request.path["name"]
        known = self._queues.snapshot(name)
        if known is None:
            raise Refusal(404, f"The PBX has not told of a queue {name!r}", remedy="Check its name")
        state, position = known
        return QueueInfo(state=state, position=position, subject=f"queue.{word(name)}")

    async def _with_a_right(self, request: Request[None]) -> str | None:
        """A queue is everybody's who has a right to it."""
        return request.user.agent_id if request.path["name"] in request.user.queues else None
