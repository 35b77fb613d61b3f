"""What is known of whoever answers a call back: pure.

Somebody answered the number that the caller gave. That proves nothing: they count as a number match at most, and what
the caller had proved then stays with that visit. Whether they are recorded is asked anew, by the key that they press.
"""

from __future__ import annotations

from datetime import datetime

from ivr.waiting.callbacks import CallBack
from records.contact import Consent
from records.events import CallerKnown
from telephony.events import CalledBack

PATH = "called back, reference {reference}"


def who_is_called(row: CallBack, event: CalledBack, now: datetime) -> CallerKnown:
    """For the call back's own call. A caller who had refused to be recorded is not, whatever is pressed now."""
    refused = event.result == "unrecorded" or row.facts.get("consent") == "refused"
    consent: Consent = "pending"
    if event.result in ("accepted", "unrecorded"):
        consent = "refused" if refused else "given"
    chosen = str(row.facts.get("chosen", ""))
    path = (PATH.format(reference=row.reference), *([chosen] if chosen else []))
    return CallerKnown(
        at=now,
        call_id=event.call_id,
        member_id=row.member_id,
        verification="number_match" if row.member_id else "none",
        consent=consent,
        language=row.language,
        chosen=chosen,
        menu_path=path,
        menu_version=str(row.facts.get("version", "")),
    )
