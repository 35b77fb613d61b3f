"""The documentation of a call from its words so far: thin, plain, and never more than was said."""

from __future__ import annotations

from collections.abc import Sequence

from assist.advice.directory import Directory
from assist.advice.topics import Topics
from assist.conversation import CallerFacts, Turn
from assist.cues import words
from assist.documentation.commitments import commitments
from assist.documentation.updates import updates
from records.contact import ContactDraft, ProposedUpdate, Resolution

REASON_WORDS = 28
RELATIONS = {
    "active_member": "Active member",
    "retiree": "Retiree",
    "survivor": "Survivor",
    "employer": "Employer",
    "third_party": "Third party",
}
_SALUTES = frozenset(
    (
        *("yes", "yeah", "hi", "hey", "hello", "good", "morning", "afternoon", "okay", "oh", "well", "so", "no", "and"),
        *("ma'am", "sir", "um"),
    )
)
_GREETING = 6  # words: shorter turns at the beginning say hello
_OPEN = frozenset(
    ["call", "check", "review", "email", "resend", "change", "switch", "fix", "file", "request", "ask", "stop"]
)


class Documenter:
    """Documents calls in the terms of one plan's directory. Reads the whole call each time: about a millisecond."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def document(self, turns: Sequence[Turn], caller: CallerFacts, transfer: str | None = None) -> ContactDraft:
        """`transfer`: the id of the destination that the call went on to, when it did."""
        topics = self._topics(turns)
        given = updates(turns)
        promised = commitments(turns)
        resolution = self._resolution(turns, promised, transfer)
        reason = self._reason(turns)
        return ContactDraft(
            topics=topics,
            reason=reason,
            summary=" ".join(
                [
                    *self._who_called(caller, topics, reason),
                    *_given(given),
                    *([f"Agent will {_listed(promised)}."] if promised else []),
                    *self._handed_on(resolution, transfer),
                ]
            ),
            updates=given,
            commitments=promised,
            resolution=resolution,
        )

    def _topics(self, turns: Sequence[Turn]) -> tuple[str, ...]:
        topics = Topics()
        for turn in turns:
            if turn.speaker == "caller":
                for hit in self._directory.caller_cues.find(words(turn.text)):
                    kind, _, name = hit.label.partition(":")
                    if kind == "topic":
                        topics.hear(name, hit.pattern, hit.weight)
        return topics.raised()

    def _reason(self, turns: Sequence[Turn]) -> str:
        """The caller's own words: the first that say what it is about, else the first that are more than a greeting."""
        said = [words(turn.text) for turn in turns if turn.speaker == "caller"]
        telling = (
            spoken for spoken in said if any(self._tells(hit.label) for hit in self._directory.caller_cues.find(spoken))
        )
        longer = (spoken for spoken in said if len(spoken) > _GREETING)
        spoken = next(telling, None) or next(longer, None) or (said[0] if said else [])
        while len(spoken) > _GREETING and spoken[0].text in _SALUTES:
            spoken = spoken[1:]
        more = " …" if len(spoken) > REASON_WORDS else ""
        return " ".join(word.text for word in spoken[:REASON_WORDS]) + more

    @staticmethod
    def _tells(label: str) -> bool:
        return label.startswith(("topic:", "destination:"))

    def _resolution(self, turns: Sequence[Turn], promised: Sequence[str], transfer: str | None) -> Resolution:
        if transfer is not None or self._handed_over(turns):
            return "transferred"
        if any(promise.split()[0] in _OPEN for promise in promised):
            return "follow_up"
        agent = [turn for turn in turns if turn.speaker == "agent"]
        settled = any(
            hit.label == "settles" for turn in agent for hit in self._directory.agent_cues.find(words(turn.text))
        )
        content = any(
            hit.label in ("calm", "declines")
            for turn in turns[-3:]
            if turn.speaker == "caller"
            for hit in self._directory.caller_cues.find(words(turn.text))
        )
        return "resolved" if promised or settled or content else "unresolved"

    def _handed_over(self, turns: Sequence[Turn]) -> bool:
        """Did the agent say so at the end?"""
        return any(
            hit.label == "hands_over"
            for turn in turns[-4:]
            if turn.speaker == "agent"
            for hit in self._directory.agent_cues.find(words(turn.text))
        )

    def _who_called(self, caller: CallerFacts, topics: Sequence[str], reason: str) -> list[str]:
        if not reason:
            return []
        who = RELATIONS.get(caller.relation, "Caller") + ("" if caller.verified else ", not verified,")
        about = _listed([self._directory.topic_name(topic).lower() for topic in topics])
        return [f"{who} called{f' about {about}' if about else ''}: “{reason}”."]

    def _handed_on(self, resolution: Resolution, transfer: str | None) -> list[str]:
        if transfer is not None:
            return [f"Transferred to {self._place(transfer)}."]
        return ["Agent transferred the call."] if resolution == "transferred" else []

    def _place(self, destination: str) -> str:
        try:
            return self._directory.destination_name(destination)
        except KeyError:
            return destination  # a transfer to an extension that the directory does not name


def _given(updates: Sequence[ProposedUpdate]) -> list[str]:
    """What was given; a bank's numbers stay where they are proposed and do not go into running text."""
    gifts = [
        each.field.replace("_", " ") + ("" if each.field.startswith("bank_") else f" {each.value}") for each in updates
    ]
    return [f"Gave {_listed(gifts)}."] if gifts else []


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))
