"""Setting a PIN, with the code that was mailed or that an agent gave."""

from __future__ import annotations

from ivr.dialog.actions import Served
from ivr.self_service.serving import Case, SelfService, spec


class PinSet(SelfService):
    """`code` and `pin` are secrets: whoever collects them keeps them out of every log, event and record."""

    spec = spec(
        "pin_set",
        "Set a PIN with the `code` that was mailed or given by a representative",
        "knowledge",
        {"set": (), "weak": (), "wrong": (), "locked": ()},
        topics=("online_account",),
        inputs=("code", "pin"),
        changes=True,
    )
    members_only = True

    async def serve(self, case: Case) -> Served:
        set_ = await self._office.pins.set_pin(
            case.member.member_id, case.given("code"), case.given("pin"), call_id=case.customer.call_id
        )
        return Served(outcome=set_)
