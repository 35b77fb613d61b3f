"""The telephone in an agent's page: what it registers with at the PBX, handed out for a while to who is signed in."""

from __future__ import annotations

from collections.abc import Sequence

from core.access import Rule
from core.events import Message
from core.routes import Refusal, Request, Route, myself
from telephony.softphones import Softphones, device_of


class SoftphoneOffer(Message, frozen=True, kw_only=True):
    """GET /api/softphone: what queues would ring; null: there are no telephones in pages here."""

    device: str | None


class SoftphoneAccount(Message, frozen=True, kw_only=True):
    """POST /api/softphone. `server` is the PBX's WebSocket, `device` what queues ring: agents sign on with it.

    `password` works for `lasts_s` seconds, or until the account is asked for again. `stun`: servers that tell the page
    its address outside (`stun:host:port`); none on an office network.
    """

    server: str
    name: str
    password: str
    device: str
    lasts_s: int
    stun: tuple[str, ...] = ()


class SoftphoneRoutes:
    """One's own only: the right to change one's own state at the telephone is the right to have one in the page.

    Without `phones` there are none in pages here.
    """

    def __init__(self, phones: Softphones | None, *, server: str, stun: tuple[str, ...] = ()) -> None:
        self._phones, self._server, self._stun = phones, server, stun

    def routes(self) -> Sequence[Route]:
        own = Rule(resource="state", action="change")
        return (
            Route("GET", "/api/softphone", self.offer, own, owner=myself),
            Route("POST", "/api/softphone", self.open, own, owner=myself),
            Route("DELETE", "/api/softphone", self.close, own, owner=myself),
        )

    async def offer(self, request: Request[None]) -> SoftphoneOffer:
        """Whether one's page can be a telephone."""
        return SoftphoneOffer(device=device_of(request.user.agent_id) if self._phones else None)

    async def open(self, request: Request[None]) -> SoftphoneAccount:
        """One's own telephone, with a fresh password: another page that has it loses it."""
        account = await self._there().open(request.user.agent_id, request.user.name)
        return SoftphoneAccount(
            server=self._server,
            name=account.name,
            password=account.password,
            device=account.device,
            lasts_s=account.lasts_s,
            stun=self._stun,
        )

    async def close(self, request: Request[None]) -> None:
        """Done with it: the password works no more."""
        await self._there().close(request.user.agent_id)

    def _there(self) -> Softphones:
        if self._phones is None:
            raise Refusal(404, "There are no telephones in pages here", remedy="Sign on with the one on your table")
        return self._phones
