"""What the next agent reads before they say hello: pure, from what is known of the call."""

from __future__ import annotations

from assist.call_file import CallFile
from records.profile import seen_by

_PROVED = {"pin": "verified by PIN", "number_match": "number recognised, not verified", "none": "not verified"}


def briefing(file: CallFile, reader: str, *, cleared: bool) -> str:
    """Who calls, verified how, why they called, what was promised: two or three sentences for the agent `reader`.

    Empty where nobody handed the call over, and for who did. Of a protected member it says to who is not `cleared` as
    much as the desk shows them: not who it is, nor what was said.
    """
    handed = file.handed_over
    if handed is None or handed.by == reader:
        return ""
    member = seen_by(file.member, cleared=cleared) if file.member else None
    who = member.name if member else f"Caller {file.caller_number}"
    said = [f"{who}, {_PROVED[file.verification]}, from {handed.name}."]
    whole = member == file.member
    if acting := [one for one in member.authorities if one.authority_id == file.acting] if member else []:
        said.append(f"{acting[0].name} speaks for them ({acting[0].kind.replace('_', ' ')}).")
    if whole and file.draft.summary:
        said.append(file.draft.summary)
    elif file.chosen:
        said.append(f"Chose “{file.chosen}” in the menu.")
    if whole and handed.in_their_words:
        said.append(f"In their words: “{handed.in_their_words}”")
    if whole:
        said.extend(f"Promised: {promise}." for promise in file.draft.commitments)
    return " ".join(said)
