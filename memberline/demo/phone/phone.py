"""The telephone: registers, places and takes calls, speaks SIP over UDP with one PBX on this machine."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator

from core.tasks import TaskOwner
from memberline.demo.phone.call import ANSWER_WITHIN_S, RINGS_AT_MOST_S, Call, CallFailed
from memberline.demo.phone.message import SipMessage, address_in, authorization, token, write
from memberline.demo.phone.ticker import Ticker
from memberline.demo.phone.transaction import Wire

log = logging.getLogger(__name__)

REGISTERED_S = 120
RENEWED_AFTER_S = 50.0
REPEAT_ANSWER_S = 0.5
ANSWER_REPEATS = 8
_SIPFRAG = re.compile(r"SIP/2\.0 (\d{3})")
_REASONS = {100: "Trying", 180: "Ringing", 200: "OK", 481: "No Such Call", 486: "Busy Here", 487: "Request Terminated"}
_REASONS |= {501: "Not Implemented", 603: "Decline"}


class Phone:
    """A telephone called `user`. Without a password it is a trunk, known to the PBX by `trunk_secret`."""

    def __init__(self, user: str, password: str | None, server: tuple[str, int], trunk_secret: str = "") -> None:
        self.user, self.host = user, f"{server[0]}:{server[1]}"
        self._password, self._trunk_secret = password, trunk_secret
        self._wire = Wire(server, self._on_request, self._on_stray)
        self._calls: dict[str, Call] = {}
        self._incoming: asyncio.Queue[Call | None] = asyncio.Queue()
        self._tasks = TaskOwner(f"phone-{user}")
        self._registered = False

    async def start(self) -> None:
        await self._wire.open()
        self._tasks.start(Ticker(self._beat).run(), name="beat")

    async def stop(self) -> None:
        """Hang up, sign off, close."""
        await asyncio.gather(*(call.hang_up() for call in list(self._calls.values())))
        await self._tasks.stop()
        if self._registered:
            try:
                await self._register(0)
            except (TimeoutError, CallFailed) as error:
                log.info("%s: the PBX did not answer the sign-off: %s", self.user, error)
        self._incoming.put_nowait(None)
        self._wire.close()

    async def register(self) -> None:
        """Sign on, and stay signed on. Raises `CallFailed` when refused, `TimeoutError`."""
        await self._register(REGISTERED_S)
        self._registered = True
        self._tasks.start(self._stay_registered(), name="registration")

    async def call(self, extension: str, *, number: str = "", name: str = "") -> Call:
        """Dial; returns while it rings. `number` and `name` are shown to the other side."""
        who = f'"{name}" ' if name else ""
        call = Call(
            self,
            call_id=token(),
            local=f"{who}<sip:{number or self.user}@127.0.0.1:{self._wire.port}>;tag={token()}",
            remote=f"<sip:{extension}@{self.host}>",
            target=f"sip:{extension}@{self.host}",
            incoming=False,
        )
        await call.open_media()
        self._calls[call.call_id] = call
        self._tasks.start(self._dial(call), name="dial")
        return call

    async def incoming(self) -> AsyncIterator[Call]:
        """Calls that ring here, until the telephone is stopped."""
        while (call := await self._incoming.get()) is not None:
            yield call

    # --- for its calls

    async def accept(self, call: Call) -> None:
        """200, repeated until the PBX acknowledges it."""
        assert call.invite is not None
        invite, body = call.invite, call.offer()
        self._answer(invite, 200, to=call.local, body=body)
        self._tasks.start(self._repeat_answer(call, invite, body), name="answer")

    def refuse(self, call: Call, status: int) -> None:
        assert call.invite is not None
        self._answer(call.invite, status, to=call.local)

    async def bye(self, call: Call) -> None:
        try:
            await self.ask(call, "BYE")
        except TimeoutError:
            log.info("%s: the PBX did not answer a BYE", self.user)

    async def cancel(self, call: Call) -> None:
        data = self._request(call, "CANCEL", call.branch, call.sequence)
        try:
            await self._wire.request(data, ANSWER_WITHIN_S)
        except TimeoutError:
            log.info("%s: the PBX did not answer a CANCEL", self.user)

    async def ask(self, call: Call, method: str, headers: list[tuple[str, str]] | None = None) -> SipMessage:
        """The final answer to a request within a call, challenged or not."""
        extra = list(headers or [])
        call.sequence += 1
        answer = await self._wire.request(
            self._request(call, method, token(), call.sequence, headers=extra), ANSWER_WITHIN_S
        )
        if (proof := self._proof(answer, method, call.target)) is None:
            return answer
        call.sequence += 1
        return await self._wire.request(
            self._request(call, method, token(), call.sequence, headers=[*extra, proof]), ANSWER_WITHIN_S
        )

    async def reinvite(self, call: Call) -> SipMessage:
        return await self._invite(call, ANSWER_WITHIN_S)

    def forget(self, call: Call) -> None:
        self._calls.pop(call.call_id, None)

    # --- requests of ours

    async def _register(self, seconds: int) -> None:
        uri, call_id, tag = f"sip:{self.host}", token(), token()
        me = f"<sip:{self.user}@127.0.0.1>"
        proof: list[tuple[str, str]] = []
        for sequence in (1, 2):
            headers = [
                ("Via", self._via(token())),
                ("Max-Forwards", "70"),
                ("From", f"{me};tag={tag}"),
                ("To", me),
                ("Call-ID", call_id),
                ("CSeq", f"{sequence} REGISTER"),
                ("Contact", self._contact()),
                ("Expires", str(seconds)),
                *proof,
            ]
            answer = await self._wire.request(write(f"REGISTER {uri} SIP/2.0", headers), ANSWER_WITHIN_S)
            challenged = self._proof(answer, "REGISTER", uri)
            if challenged is None or sequence == 2:
                break
            proof = [challenged]
        if answer.status >= 300:
            raise CallFailed(answer.status, answer.reason)

    async def _stay_registered(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_AFTER_S)
            try:
                await self._register(REGISTERED_S)
            except (TimeoutError, CallFailed) as error:
                log.warning("%s could not renew its registration: %s", self.user, error)

    async def _dial(self, call: Call) -> None:
        try:
            answer = await self._invite(call, RINGS_AT_MOST_S)
        except TimeoutError:
            call.finish(CallFailed(408, "Request Timeout"))
            return
        if answer.status >= 300:
            call.finish(CallFailed(answer.status, answer.reason))
            return
        call.agreed(answer)
        if call.over:  # hung up while the answer was on its way
            await self.bye(call)

    async def _invite(self, call: Call, within: float) -> SipMessage:
        """Offer a session, acknowledge the final answer and return it."""
        proof: list[tuple[str, str]] = []
        body = call.offer()
        while True:
            call.branch, call.sequence = token(), call.sequence + 1
            headers = [*proof, *([("X-Trunk", self._trunk_secret)] if self._trunk_secret else [])]
            data = self._request(call, "INVITE", call.branch, call.sequence, headers=headers, body=body)
            answer = await self._wire.request(data, within)
            self._acknowledge(call, answer)
            challenged = self._proof(answer, "INVITE", call.target)
            if challenged is None or proof:
                return answer
            proof = [challenged]

    def _acknowledge(self, call: Call, answer: SipMessage) -> None:
        """To a refusal in its own transaction, to an answer in a new one and where the other side says it is."""
        accepted = 200 <= answer.status < 300
        target = (address_in(answer.header("contact")) or call.target) if accepted else call.target
        branch = token() if accepted else call.branch
        headers = self._dialog(call, "ACK", branch, answer.sequence[0], to=answer.header("to"))
        self._wire.send(write(f"ACK {target} SIP/2.0", headers))

    def _request(
        self,
        call: Call,
        method: str,
        branch: str,
        sequence: int,
        *,
        headers: list[tuple[str, str]] | None = None,
        body: str = "",
    ) -> bytes:
        return write(
            f"{method} {call.target} SIP/2.0", [*self._dialog(call, method, branch, sequence), *(headers or [])], body
        )

    def _dialog(self, call: Call, method: str, branch: str, sequence: int, *, to: str = "") -> list[tuple[str, str]]:
        return [
            ("Via", self._via(branch)),
            ("Max-Forwards", "70"),
            ("From", call.local),
            ("To", to or call.remote),
            ("Call-ID", call.call_id),
            ("CSeq", f"{sequence} {method}"),
            ("Contact", self._contact()),
        ]

    def _via(self, branch: str) -> str:
        return f"SIP/2.0/UDP 127.0.0.1:{self._wire.port};branch=z9hG4bK{branch};rport"

    def _contact(self) -> str:
        return f"<sip:{self.user}@127.0.0.1:{self._wire.port}>"

    def _proof(self, answer: SipMessage, method: str, uri: str) -> tuple[str, str] | None:
        """What a challenge asks for; None when there is none, or no password."""
        if answer.status not in (401, 407) or self._password is None:
            return None
        asked, said = ("www-authenticate", "Authorization")
        if answer.status == 407:
            asked, said = ("proxy-authenticate", "Proxy-Authorization")
        challenge = answer.header(asked)
        return said, authorization(challenge, user=self.user, password=self._password, method=method, uri=uri)

    # --- requests and answers of the PBX

    def _on_request(self, request: SipMessage) -> None:
        call = self._calls.get(request.header("call-id"))
        if request.method == "ACK":
            if call is not None:
                call.acknowledged.set()
        elif request.method == "INVITE" and call is None:
            self._tasks.start(self._ring(request), name="ring")
        elif request.method == "OPTIONS":
            self._answer(request, 200)
        elif call is None:
            self._answer(request, 481)
        else:
            self._within_a_call(call, request)

    def _within_a_call(self, call: Call, request: SipMessage) -> None:
        match request.method:
            case "INVITE" | "UPDATE":
                call.described(request.body)
                self._answer(request, 200, body=call.offer())
            case "BYE":
                self._answer(request, 200)
                call.finish()
            case "CANCEL":
                self._answer(request, 200)
                if call.invite is not None:
                    self._answer(call.invite, 487, to=call.local)
                call.finish()
            case "NOTIFY":
                self._answer(request, 200)
                if progress := _SIPFRAG.search(request.body):
                    call.refer_progress(int(progress[1]))
            case "INFO" | "MESSAGE":
                self._answer(request, 200)
            case _:
                self._answer(request, 501)

    async def _ring(self, invite: SipMessage) -> None:
        call = Call(
            self,
            call_id=invite.header("call-id"),
            local=f"{invite.header('to')};tag={token()}",
            remote=invite.header("from"),
            target=address_in(invite.header("contact")),
            incoming=True,
        )
        call.invite = invite
        self._calls[call.call_id] = call
        await call.open_media()
        call.described(invite.body)
        self._answer(invite, 180, to=call.local)
        self._incoming.put_nowait(call)

    async def _repeat_answer(self, call: Call, invite: SipMessage, body: str) -> None:
        for _ in range(ANSWER_REPEATS):
            try:
                async with asyncio.timeout(REPEAT_ANSWER_S):
                    await call.acknowledged.wait()
                return
            except TimeoutError:
                self._answer(invite, 200, to=call.local, body=body)

    def _on_stray(self, answer: SipMessage) -> None:
        """An answer that came again, because the PBX did not see the first ACK."""
        call = self._calls.get(answer.header("call-id"))
        if call is not None and answer.sequence[1] == "INVITE" and answer.status >= 200:
            self._acknowledge(call, answer)

    def _answer(self, request: SipMessage, status: int, *, to: str = "", body: str = "") -> None:
        headers = [("Via", via) for via in request.headers["via"]]
        headers += [("Record-Route", route) for route in request.headers.get("record-route", [])]
        headers += [
            ("From", request.header("from")),
            ("To", to or request.header("to")),
            ("Call-ID", request.header("call-id")),
            ("CSeq", request.header("cseq")),
            ("Contact", self._contact()),
            ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY, UPDATE"),
        ]
        self._wire.answer(request, write(f"SIP/2.0 {status} {_REASONS[status]}", headers, body))

    def _beat(self) -> None:
        for call in list(self._calls.values()):
            call.beat()
