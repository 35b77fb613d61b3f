"""Recordings over HTTP: heard again by who may, paused by who talks, held and deleted by who answers for it.

Every playback is on record, with the seconds that were heard. Those of protected members are for who is cleared.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from assist.recording.archive import MOST_S, Archive, Proof
from assist.recording.recorder import Recorder, Silenced
from core.access import Rule
from core.blobs import Blob
from core.events import Message
from core.routes import Refusal, Request, Route
from records.audit import Audit
from records.contact import Answered, Contact
from records.contacts import Contacts
from records.directory import Directory
from records.recording import Deleted, Held, Hold, NoRecording, Recording, RecordingGone
from records.recordings import Recordings

T = TypeVar("T")
Why = Annotated[str, msgspec.Meta(min_length=3, max_length=100)]
Second = Annotated[float, msgspec.Meta(ge=0, le=7 * 24 * 3600)]


class SoundAsked(Message, frozen=True, kw_only=True):
    """Which seconds of the call; a piece has at most 600."""

    start_s: Second = 0.0
    end_s: Second = MOST_S


class HoldAsked(Message, frozen=True, kw_only=True):
    """Nobody deletes it until then (null: until it is released)."""

    why: Why
    until: datetime | None = None


class DeletionAsked(Message, frozen=True, kw_only=True):
    """`transcript`: its words too."""

    why: Why
    transcript: bool = False


class SilenceAsked(Message, frozen=True, kw_only=True):
    """Seconds that nobody may hear again."""

    start_s: Second
    end_s: Second
    why: Why


class PauseAsked(Message, frozen=True, kw_only=True):
    """PUT /api/calls/{call_id}/recording: nothing is kept from now on, or it is again.

    `secret` is the pause that the service makes while a card or PIN is taken: with `paused` false an agent ends it
    before its time. Sound comes back when neither holds.
    """

    paused: bool
    kind: Literal["paused", "secret"] = "paused"


class RecordingRoutes:
    """The handlers. `agent_on` finds the agent who is on the call of a request's path."""

    def __init__(
        self,
        *,
        kept: Recordings,
        archive: Archive,
        recorder: Recorder,
        contacts: Contacts,
        members: Directory,
        audit: Audit,
        agent_on: Callable[[Request[Any]], Awaitable[str | None]],
    ) -> None:
        self._kept, self._archive, self._recorder = kept, archive, recorder
        self._contacts, self._members, self._audit, self._agent_on = contacts, members, audit, agent_on

    def routes(self) -> Sequence[Route]:
        see, change = Rule(resource="recording", action="see"), Rule(resource="recording", action="change")
        call = Rule(resource="call", action="change")
        one = "/api/contacts/{contact_id}/recording"
        return (
            Route("GET", one, self.about, see, self._mine),
            Route("GET", f"{one}/sound", self.sound, see, self._mine, query=SoundAsked),
            Route("GET", f"{one}/proof", self.proof, see, self._mine),
            Route("POST", f"{one}/silences", self.silence, change, body=SilenceAsked),
            Route("POST", f"{one}/holds", self.hold, change, body=HoldAsked),
            Route("DELETE", f"{one}/holds/{{hold_id}}", self.release, change),
            Route("POST", f"{one}/deletion", self.delete, change, body=DeletionAsked),
            Route("PUT", "/api/calls/{call_id}/recording", self.pause, call, self._agent_on, body=PauseAsked),
        )

    async def about(self, request: Request[None]) -> Recording:
        """How long a recording is, what is silent in it, what holds it."""
        contact = await self._contact(request)
        found = await self._kept.get(contact.contact_id)
        if found is None:
            raise Refusal(404, "There is no recording of this contact")
        return found

    async def sound(self, request: Request[None]) -> Blob:
        """A piece of a recording as a WAV file: the caller left, the agents right."""
        contact, asked = await self._contact(request), request.query
        end_s = min(asked.end_s, asked.start_s + MOST_S)
        if asked.start_s >= end_s:
            raise Refusal(422, f"From {asked.start_s:g} to {end_s:g} s there is nothing to hear")
        await self._audit.looked(  # before, so that nothing is heard that is not on record
            request.user.agent_id,
            "recording",
            why=f"played from {asked.start_s:g} to {end_s:g} s",
            member_id=contact.member_id,
            contact_id=contact.contact_id,
        )
        played = await _answered(self._archive.play(contact.contact_id, asked.start_s, end_s))
        told = {"X-Start-Seconds": f"{played.start_s:.3f}", "X-End-Seconds": f"{played.end_s:.3f}"}
        if played.damaged:
            told["X-Damaged-Seconds"] = ",".join(map(str, played.damaged[:100]))
        return Blob(played.wav, "audio/wav", told)

    async def proof(self, request: Request[None]) -> Proof:
        """That a recording was deleted: when, by whom, which file, and whether the audit log says the same."""
        contact = await self._contact(request)
        proof = await self._archive.prove(contact.contact_id)
        if proof is None:
            raise Refusal(404, "No recording of this contact was deleted")
        return proof

    async def silence(self, request: Request[SilenceAsked]) -> Silenced:
        """Make a span of a recording silent, for good."""
        contact, asked = await self._contact(request), request.body
        await self._audit.looked(
            request.user.agent_id,
            "recording_silence",
            why=f"from {asked.start_s:g} to {asked.end_s:g} s: {asked.why}",
            member_id=contact.member_id,
            contact_id=contact.contact_id,
        )
        silenced = self._archive.silence(contact.contact_id, asked.start_s, asked.end_s, by=request.user.agent_id)
        return await _answered(silenced)

    async def hold(self, request: Request[HoldAsked]) -> Hold:
        """Put a legal hold on a recording: nobody deletes it, no rule either."""
        contact, by, asked = await self._contact(request), request.user.agent_id, request.body
        if asked.until is not None and asked.until.tzinfo is None:
            raise Refusal(422, "The time needs its zone", remedy="As in 2026-12-31T00:00:00Z")
        note = self._audit.note(by, "recording_hold")
        return await _answered(self._kept.hold(contact.contact_id, by, asked.why, asked.until, note))

    async def release(self, request: Request[None]) -> None:
        """End a legal hold."""
        contact, by = await self._contact(request), request.user.agent_id
        note = self._audit.note(by, "recording_release")
        if not await _answered(self._kept.release(contact.contact_id, request.path["hold_id"], by, note)):
            raise Refusal(404, "This hold does not stand")

    async def delete(self, request: Request[DeletionAsked]) -> Deleted:
        """Delete a recording for good: its key is destroyed, its file removed, and that is on record."""
        contact, by, asked = await self._contact(request), request.user.agent_id, request.body
        return await _answered(
            self._archive.delete(contact.contact_id, by=by, why=asked.why, transcript=asked.transcript)
        )

    async def pause(self, request: Request[PauseAsked]) -> None:
        """Have nothing of the call kept from now on, or have it kept again."""
        call_id, kind, by = request.path["call_id"], request.body.kind, request.user.agent_id
        if not self._recorder.records(call_id):
            raise Refusal(409, "This call is not being recorded")
        if request.body.paused:
            await _answered(self._recorder.pause(call_id, kind, by=by))
        else:
            await _answered(self._recorder.resume(call_id, kind))
        contact = await self._contacts.of_call(call_id)
        await self._audit.looked(  # afterwards: no pause waits for a row
            by,
            "recording_pause" if request.body.paused else "recording_resume",
            why=f"call {call_id}: {kind}",
            member_id=contact.member_id if contact else None,
            contact_id=contact.contact_id if contact else None,
        )

    # --- inside ---------------------------------------------------------------------------------

    async def _mine(self, request: Request[Any]) -> str | None:
        """A recording is everybody's who talked in it."""
        contact = await self._found(request)
        talked = {step.agent_id for step in contact.course if isinstance(step, Answered)}
        return request.user.agent_id if request.user.agent_id in talked else None

    async def _found(self, request: Request[Any]) -> Contact:
        contact = await self._contacts.get(request.path["contact_id"])
        if contact is None:
            raise Refusal(404, "There is no such contact")
        return contact

    async def _contact(self, request: Request[Any]) -> Contact:
        """The contact, unless its member is protected and who asks is not cleared."""
        contact = await self._found(request)
        if contact.member_id is not None and not request.user.cleared:
            member = await self._members.profile(contact.member_id)
            if member is not None and member.protected:
                raise Refusal(403, "This member is protected", remedy="Hand over to a colleague who is cleared")
        return contact


async def _answered(work: Awaitable[T]) -> T:
    """What comes of it, or the refusal that fits."""
    try:
        return await work
    except NoRecording as problem:
        raise Refusal(404, problem.what) from problem
    except RecordingGone as problem:
        raise Refusal(404, f"The recording {problem.what}") from problem
    except Held as problem:
        raise Refusal(409, problem.what, remedy="Release the hold first") from problem
