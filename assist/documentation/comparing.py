"""How good a draft was, by what the agent made of it: for each part what they kept, changed, threw out and added."""

from __future__ import annotations

from collections.abc import Sequence

from assist.scoring import ALIKE, folded, likeness
from core.events import Message
from records.contact import ContactDraft


class Fate(Message, frozen=True, kw_only=True):
    """Items of one part, counted. A part that is one text is one item; an empty one is none."""

    kept: int = 0
    edited: int = 0
    dropped: int = 0
    added: int = 0


class Compared(Message, frozen=True, kw_only=True):
    """The fate of each part of a draft."""

    topics: Fate
    reason: Fate
    summary: Fate
    updates: Fate
    commitments: Fate
    resolution: Fate
    done: Fate
    follow_ups: Fate
    correspondence: Fate
    disposition: Fate


def compared(draft: ContactDraft, confirmed: ContactDraft) -> Compared:
    """What became of `draft`, case, spaces and punctuation apart."""
    return Compared(
        topics=_values(draft.topics, confirmed.topics),
        reason=_text(draft.reason, confirmed.reason),
        summary=_text(draft.summary, confirmed.summary),
        updates=_fields(draft, confirmed),
        commitments=_lines(draft.commitments, confirmed.commitments),
        resolution=_text(draft.resolution, confirmed.resolution),
        done=_lines([each.text for each in draft.done], [each.text for each in confirmed.done]),
        follow_ups=_lines([each.text for each in draft.follow_ups], [each.text for each in confirmed.follow_ups]),
        correspondence=_lines(
            [each.what for each in draft.correspondence], [each.what for each in confirmed.correspondence]
        ),
        disposition=_text(draft.disposition, confirmed.disposition),
    )


def _values(before: Sequence[str], after: Sequence[str]) -> Fate:
    """Items that are there or not; none of them is edited into another."""
    first, second = set(before), set(after)
    return Fate(kept=len(first & second), dropped=len(first - second), added=len(second - first))


def _text(before: str, after: str) -> Fate:
    if not before or not after:
        return Fate(dropped=int(bool(before)), added=int(bool(after)))
    same = folded(before) == folded(after)
    return Fate(kept=int(same), edited=int(not same))


def _fields(draft: ContactDraft, confirmed: ContactDraft) -> Fate:
    """Updates by their field; of a field given twice the last value counts."""
    before = {each.field: folded(each.value) for each in draft.updates}
    after = {each.field: folded(each.value) for each in confirmed.updates}
    both = before.keys() & after.keys()
    kept = sum(before[field] == after[field] for field in both)
    return Fate(kept=kept, edited=len(both) - kept, dropped=len(before.keys() - both), added=len(after.keys() - both))


def _lines(before: Sequence[str], after: Sequence[str]) -> Fate:
    """Each line by itself, else by the one that says most of the same: that one was edited."""
    left = [folded(line) for line in after]
    changed: list[str] = []
    for line in before:
        if folded(line) in left:
            left.remove(folded(line))
        else:
            changed.append(line)
    kept = len(before) - len(changed)
    fresh: list[str] = []
    for line in after:
        if folded(line) in left:
            left.remove(folded(line))
            fresh.append(line)
    edited = 0
    for line in changed:
        like = max(fresh, key=lambda each: likeness(line, each) if each.strip() and line.strip() else 0.0, default=None)
        if like is not None and like.strip() and line.strip() and likeness(line, like) >= ALIKE:
            fresh.remove(like)
            edited += 1
    return Fate(kept=kept, edited=edited, dropped=len(changed) - edited, added=len(fresh))
