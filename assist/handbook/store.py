"""The handbook in the database. Nothing that was shown is ever lost: a document that changed is another edition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal

import numpy as np
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from assist.handbook.meaning import DIMENSIONS, Prepared
from assist.handbook.model import DocumentVersion, Passage, days_in_force
from assist.handbook.tables import StoredEdition, StoredPassage
from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.tables import AnyRow, alone

_E, _P = StoredEdition.__table__, StoredPassage.__table__
_ROWS = 100  # of passages in one statement, some 20 kB each
_WITHIN_S = 60.0

Imports = Literal["new", "asked", "same"]


class Edition(Message, frozen=True, kw_only=True):
    """A version of a document as it was imported. It applies from `begins` until the day before `ends` (None: for
    good); where both are one day it never does, since a later import for the same day replaced it."""

    document: DocumentVersion
    begins: date
    ends: date | None
    imported_at: datetime
    imported_by: str


class Handbook:
    """Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`; all of them may be repeated."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def editions(self) -> tuple[Edition, ...]:
        """All that were ever imported, in the order of their import."""
        return await self._db.read(_editions)

    async def passages(self, today: date) -> tuple[Prepared, ...]:
        """Those that apply today or will later, each with the days on which it does (`assist.handbook.ranking.applies`
        tells them apart), in the order of documents and places."""

        def read(session: Session) -> tuple[Prepared, ...]:
            editions = {
                each.document.version: each
                for each in _editions(session)
                if each.begins != each.ends and (each.ends is None or each.ends > today)
            }
            statement = select(_P).where(_P.c.version.in_(editions))
            read = [_prepared(row, editions[row.version]) for row in session.execute(statement)]
            read.sort(key=lambda each: (each[1].passage.document, each[1].passage.effective, each[0]))
            return tuple(prepared for _, prepared in read)

        return await self._db.read(read, within=_WITHIN_S)

    async def asked(self, version: str) -> tuple[tuple[str, ...], ...] | None:
        """The questions that each passage of an edition is found by; None: the edition was never imported."""

        def read(session: Session) -> tuple[tuple[str, ...], ...] | None:
            if session.execute(select(_E.c.version).where(_E.c.version == version)).first() is None:
                return None
            return _asked(session, version)

        return await self._db.read(read)

    async def import_(self, document: DocumentVersion, prepared: Sequence[Prepared], *, by: str) -> Imports:
        """Keep an edition with all its passages. One that is there already stays as it is ("same"), except for the
        questions that its passages are found by ("asked"). Raises `Problem` where another document has these words.
        """
        now = self._clock.now()

        def write(session: Session) -> Imports:
            alone(session, "handbook")
            known = session.execute(select(_E.c.document).where(_E.c.version == document.version)).scalar_one_or_none()
            if known is None:
                _keep(session, document, prepared, now, by)
                return "new"
            if known != document.document:
                raise Problem(f"holds the very words of {known}, which was imported before", place=document.document)
            if _asked(session, document.version) == tuple(each.asked for each in prepared):
                return "same"
            for each in prepared:
                session.execute(
                    update(StoredPassage).where(_P.c.passage_id == each.passage.passage_id).values(**_found_by(each))
                )
            return "asked"

        return await self._db.write(write, within=_WITHIN_S)


def _editions(session: Session) -> tuple[Edition, ...]:
    rows = session.execute(select(_E).order_by(_E.c.number)).all()
    versions = [_version(row) for row in rows]
    days = days_in_force(versions)
    return tuple(
        Edition(
            document=version,
            begins=days[version.version][0],
            ends=None if days[version.version][1] == date.max else days[version.version][1],
            imported_at=row.imported_at,
            imported_by=row.imported_by,
        )
        for row, version in zip(rows, versions, strict=True)
    )


def _version(row: AnyRow) -> DocumentVersion:
    return DocumentVersion(
        document=row.document,
        version=row.version,
        label=row.label,
        title=row.title,
        effective=row.effective,
        until=row.until,
        plans=tuple(row.plans),
        tiers=tuple(row.tiers),
        passages=row.passages,
        pages=row.pages,
        remarks=tuple(row.remarks),
    )


def _keep(session: Session, document: DocumentVersion, prepared: Sequence[Prepared], now: datetime, by: str) -> None:
    number = session.execute(select(func.coalesce(func.max(_E.c.number), 0) + 1)).scalar_one()
    told = {name: getattr(document, name) for name in DocumentVersion.__struct_fields__}
    session.execute(insert(StoredEdition).values(**told, number=number, imported_at=now, imported_by=by[:80]))
    rows = [
        {
            "passage_id": each.passage.passage_id,
            "version": each.passage.version,
            "position": position,
            "anchor": each.passage.anchor,
            "headings": each.passage.headings,
            "page": each.passage.page,
            "text": each.passage.text,
            "tiers": each.passage.tiers,
            **_found_by(each),
        }
        for position, each in enumerate(prepared, start=1)
    ]
    for begin in range(0, len(rows), _ROWS):
        session.execute(insert(StoredPassage), rows[begin : begin + _ROWS])


def _found_by(prepared: Prepared) -> dict[str, Any]:
    vectors = np.concatenate([prepared.texts, prepared.questions]).astype("<f2")
    return {"asked": prepared.asked, "vectors": vectors.tobytes()}


def _asked(session: Session, version: str) -> tuple[tuple[str, ...], ...]:
    statement = select(_P.c.asked).where(_P.c.version == version).order_by(_P.c.position)
    return tuple(tuple(asked) for asked in session.execute(statement).scalars())


def _prepared(row: AnyRow, edition: Edition) -> tuple[int, Prepared]:
    """The passage's place in its document, and the passage."""
    document, asked = edition.document, tuple(row.asked)
    vectors = np.frombuffer(row.vectors, "<f2").reshape(-1, DIMENSIONS)
    passage = Passage(
        passage_id=row.passage_id,
        document=document.document,
        version=document.version,
        label=document.label,
        title=document.title,
        headings=tuple(row.headings),
        anchor=row.anchor,
        page=row.page,
        text=row.text,
        effective=edition.begins,
        until=edition.ends,
        plans=document.plans,
        tiers=tuple(row.tiers),
    )
    texts = len(vectors) - len(asked)
    return row.position, Prepared(passage, asked, vectors[:texts], vectors[texts:])
