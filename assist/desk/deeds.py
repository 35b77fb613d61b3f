"""What an agent does at the desk, told to the desks that it concerns."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from assist.call_file import CallFile, HandedOver
from assist.desk.messages import (
    ActingChanged,
    AnyDeskEvent,
    ContactConfirmed,
    DeskState,
    DraftChanged,
    Transfer,
    TransferChanged,
)
from core.clock import Clock
from core.tasks import TaskOwner
from records.contact import ContactDraft

TOLD_WITHIN_S = 2.0  # then a command is answered, and the desk follows when the bus is back


class WrapUps(Protocol):
    """Who keeps new calls away while an agent documents one."""

    async def end_wrap_up(self, device: str) -> None:
        """Let calls in again; nothing where there is no wrap-up."""


class Deeds:
    """`tell` puts an event on an agent's desk; `files` are the live calls, `desks` what each agent sees."""

    def __init__(
        self,
        *,
        clock: Clock,
        files: Mapping[str, CallFile],
        desks: Mapping[str, DeskState],
        tell: Callable[[str, AnyDeskEvent], Coroutine[Any, Any, None]],
        wrap_ups: WrapUps,
    ) -> None:
        self._clock, self._files, self._desks, self._tell, self._wrap_ups = clock, files, desks, tell, wrap_ups
        self._tasks = TaskOwner("deeds")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def transfer_begun(self, file: CallFile, destination: str, name: str, by: str) -> None:
        """The agent `by` sent the call on; whoever takes it finds a briefing on the desk."""
        desk = self._desks.get(by)
        words = desk.call.suggestions[-1].evidence if desk and desk.call and desk.call.suggestions else ""
        file.handed_over = HandedOver(by=by, name=desk.agent_name if desk else by, in_their_words=words)
        file.transfer = Transfer(destination=destination, destination_name=name, state="started")
        started = TransferChanged(at=self._clock.now(), call_id=file.call_id, transfer=file.transfer)
        await self._surely(self._to_desks(file, started))

    async def transfer_failed(self, file: CallFile, why: str) -> None:
        if file.transfer:
            file.handed_over = None
            failed = Transfer(
                destination=file.transfer.destination,
                destination_name=file.transfer.destination_name,
                state="failed",
                why=why,
            )
            file.transfer = failed
            told = TransferChanged(at=self._clock.now(), call_id=file.call_id, transfer=failed)
            await self._surely(self._to_desks(file, told))

    async def acting(self, file: CallFile, authority_id: str | None) -> None:
        """An agent said who the caller acts as."""
        file.acting = authority_id
        told = ActingChanged(at=self._clock.now(), call_id=file.call_id, acting=authority_id)
        await self._surely(self._to_desks(file, told))

    async def draft_edited(self, agent_id: str, file: CallFile, draft: ContactDraft) -> None:
        file.draft, file.edited = draft, True
        told = DraftChanged(at=self._clock.now(), call_id=file.call_id, draft=draft)
        await self._surely(self._tell(agent_id, told))

    async def confirmed(self, agent_id: str, call_id: str, contact_id: str) -> None:
        """The contact is kept: clear the desk and let calls in again."""
        if file := self._files.get(call_id):
            file.on_desks.discard(agent_id)
        told = ContactConfirmed(at=self._clock.now(), call_id=call_id, contact_id=contact_id)
        await self._surely(self._tell(agent_id, told))
        if (desk := self._desks.get(agent_id)) and desk.device:
            await self._surely(self._wrap_ups.end_wrap_up(desk.device))

    async def _to_desks(self, file: CallFile, event: AnyDeskEvent) -> None:
        for agent_id in list(file.on_desks):
            await self._tell(agent_id, event)

    async def _surely(self, telling: Coroutine[Any, Any, None]) -> None:
        """What an agent did is told though they hang up, and they get their answer though the bus is away."""
        task = self._tasks.start(telling, name="tell")
        await asyncio.wait([task], timeout=TOLD_WITHIN_S)
        if task.done():
            task.result()
