"""What the next agent reads before they say hello: pure, from what is known of the call."""

from __future__ import annotations

from assist.call_file import CallFile
from assist.desk.messages import DeskState

_PROVED = {"pin": "verified by PIN", "number_match": "number recognised, not verified", "none": "not verified"}


def briefing(file: CallFile, sender: DeskState) -> str:
    """Who calls, verified how, why they called, what was promised: two or three sentences."""
    who = file.member.name if file.member else f"Caller {file.caller_number}"
    said = [f"{who}, {_PROVED[file.verification]}, from {sender.agent_name}."]
    if acting := [one for one in file.member.authorities if one.authority_id == file.acting] if file.member else []:
        said.append(f"{acting[0].name} speaks for them ({acting[0].kind.replace('_', ' ')}).")
    if file.draft.summary or file.chosen:
        said.append(file.draft.summary or f"Chose “{file.chosen}” in the menu.")
    suggested = sender.call.suggestions[-1] if sender.call and sender.call.suggestions else None
    if suggested:
        said.append(f"In their words: “{suggested.evidence}”")
    said.extend(f"Promised: {promise}." for promise in file.draft.commitments)
    return " ".join(said)
