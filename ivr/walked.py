"""What a caller did in the menu, in so few words that the contact can keep it and a test be made of it.

One word pair for each answer to the dialog: the step, and what came of it. What was entered is only counted, secrets
and member numbers are not even that, and words that were spoken are kept as the key they stand for.

    main 1            the key 1
    form xxx#         three keys and `#`
    main ~2           said, and understood as 2; `main ?2`: not surely; `main ~`: not understood
    identify =right   what was found, proved, served, kept
    main -            nothing was done
"""

from __future__ import annotations

from ivr.dialog.actions import (
    Action,
    Dial,
    Found,
    Heard,
    Kept,
    Keys,
    Listen,
    Nothing,
    Play,
    Proved,
    QueueNow,
    Said,
    Served,
    State,
)
from ivr.document.model import Collect, Document

MOST = 200  # answers that are kept of one visit
MASK = "x"


def walked(document: Document, state: State, action: Action, heard: Heard) -> str:
    """`state` and `action` are those that were answered by `heard`; "" where nobody could have done anything."""
    if isinstance(action, Play) and not action.stop_keys:
        return ""
    return f"{state.at} {_told(document, state, action, heard)}"


def _told(document: Document, state: State, action: Action, heard: Heard) -> str:
    match heard:
        case Keys() if isinstance(action, Dial):
            return "=nobody"
        case Keys():
            keys = heard.digits if _shown(document, state, action, heard.digits) else MASK * len(heard.digits)
            return (keys + ("#" if heard.ended else "")) or "-"
        case Said():
            keys = heard.keys if _shown(document, state, action, heard.keys) else MASK * len(heard.keys)
            return f"{'~' if heard.sure or not keys else '?'}{keys}"
        case Nothing():
            return "-"
        case Found(member=None):
            return "=none"
        case Found(authority=authority):
            return "=access" if authority else "=member"
        case Proved(result=result):
            return f"={result}"
        case Served(outcome=outcome):
            return f"={outcome or 'failed'}"
        case QueueNow():
            if heard.closed:
                return "=closed"
            wait = "" if heard.wait_s is None else f"{heard.wait_s:.0f}"
            position = "" if heard.position is None else f"{heard.position}"
            return f"={wait},{position}"
        case Kept(reference=reference):
            return "=kept" if reference else "=refused"


def _shown(document: Document, state: State, action: Action, keys: str) -> bool:
    """Whether these keys are a choice, and not something of the caller's own."""
    if keys in ("", "*"):
        return True
    if isinstance(action, Play):
        return len(keys) == 1 and keys in action.stop_keys
    if not isinstance(action, Listen) or action.sensitive or action.most > 1:
        return keys == "0" and not isinstance(document.steps.get(state.at), Collect)
    step = document.steps.get(state.at)
    return not isinstance(step, Collect) or step.kind == "yes_no" or state.phase == "confirm"
