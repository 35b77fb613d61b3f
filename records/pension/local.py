"""What Memberline itself knows of a member whose profile comes from the pension system."""

from __future__ import annotations

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.database import Database
from records import contact_rows, member_rows
from records.members import LAST_CONTACTS
from records.profile import MemberProfile
from records.tables import Request

_OPEN = 20


class OwnKnowledge:
    """`records.pension.directory.Local` from our own tables. May raise as a read does."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def enrich(self, member: MemberProfile) -> MemberProfile:
        theirs = {"member_ids": [member.member_id], "limit": LAST_CONTACTS}
        waiting = (
            select(Request.kind, Request.reference)
            .where(Request.member_id == member.member_id, Request.state.in_(("proposed", "open")))
            .order_by(Request.at, Request.id)
            .limit(_OPEN)
        )

        def read(session: Session) -> MemberProfile:
            contacts = session.execute(contact_rows.LAST_OF_EACH, theirs)
            asked = session.execute(waiting)
            return msgspec.structs.replace(
                member,
                last_contacts=tuple(map(contact_rows.past_contact, contacts)),
                open_matters=(
                    *member.open_matters,
                    *(member_rows.asked_for(row.kind, row.reference) for row in asked),
                ),
            )

        return await self._db.read(read)
