"""The documentation of a call from its words so far: thin, plain, and never more than was said."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import date

from assist.advice.directory import Directory
from assist.conversation import CallerFacts, Turn
from assist.documentation.commitments import Commitment, commitments
from assist.documentation.deeds import done, follow_ups
from assist.documentation.heard import heard
from assist.documentation.outcome import correspondence, disposition, outcome
from assist.documentation.subjects import subjects
from assist.documentation.summary import reason, summary
from assist.documentation.updates import updates
from records.contact import ContactDraft, Ground, Promised


class Documenter:
    """Documents calls in the terms of one plan's directory. Reads the whole call each time: some 0.1 ms an utterance.

    `closed`: the plan's holidays, for promises in working days.
    """

    def __init__(self, directory: Directory, closed: Container[date] = ()) -> None:
        self._directory, self._closed = directory, closed

    def document(
        self,
        turns: Sequence[Turn],
        caller: CallerFacts,
        transfer: str | None = None,
        *,
        on: date | None = None,
        known: Mapping[str, str] | None = None,
    ) -> ContactDraft:
        """`transfer`: the id of the destination that the call went on to, when it did. `on`: the day of the call in the
        plan's zone; without it no promise gets a due date. `known`: what the pension system has, by field.
        """
        talk = heard(turns)
        topics = subjects(talk, self._directory)
        given = updates(talk, known)
        promised = commitments(talk, on, self._closed)
        deeds = done(talk, on, self._closed)
        ended = outcome(talk, self._directory, promised, deeds, given, transfer=transfer)
        why, why_said = reason(talk, self._directory)
        return ContactDraft(
            topics=tuple(topics),
            reason=why,
            summary=summary(
                caller=caller,
                about=[self._directory.topic_name(topic) for topic in topics],
                reason=why,
                given=given,
                done=deeds,
                promised=promised,
                resolution=ended.resolution,
                handed_to=self._place(transfer) if transfer is not None else "",
            ),
            updates=given,
            commitments=tuple(each.text for each in promised),
            resolution=ended.resolution,
            done=deeds,
            promises=tuple(map(_promised, promised)),
            follow_ups=follow_ups(talk),
            correspondence=correspondence(promised),
            disposition=disposition(tuple(topics), promised, given, ended.resolution),
            grounds=tuple(
                Ground(part=part, said=said)
                for part, said in (
                    ("reason", why_said),
                    ("resolution", ended.said),
                    *((f"topic:{topic}", said) for topic, said in topics.items()),
                )
                if said
            ),
        )

    def _place(self, destination: str) -> str:
        try:
            return self._directory.destination_name(destination)
        except KeyError:
            return destination  # a transfer to an extension that the directory does not name


def _promised(each: Commitment) -> Promised:
    time = each.deadline
    return Promised(
        text=each.text,
        due=time.due.isoformat() if time is not None and time.due is not None else "",
        when=" ".join(each.heard.texts[time.start : time.end]) if time is not None else "",
        said=each.heard.said(each.start, each.end),
    )
