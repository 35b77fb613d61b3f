"""Members from the tables or views of a SQL database. `records.directory.Directory`, with a read-only account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, select

from records.directory import Matches
from records.members import AT_MOST
from records.pension import forms
from records.pension.mapping import Name, SqlMapping, SqlProfiles, SqlTable
from records.pension.ports import PensionUnclear
from records.pension.sql import SqlSystem, as_key, column
from records.phones import e164
from records.profile import Beneficiary, MemberProfile

_LOOKED_AT = 200  # rows of one answer


class SqlProfileSource:
    """Reads what `mapping` says from the database at `url`; an answer comes within `within_s` or not at all."""

    def __init__(self, mapping: SqlMapping, url: str, *, within_s: float = 1.0) -> None:
        if mapping.profiles is None:
            raise PensionUnclear("the mapping file says nothing of profiles")
        self._map: SqlProfiles = mapping.profiles
        self._system = SqlSystem(url, within_s=within_s, read_only=True)

    async def by_phone(self, e164_number: str) -> Matches:
        number = e164(e164_number)
        return (
            Matches(members=(), total=0)
            if number is None
            else await self._system.run(lambda on: self._phone(on, number))
        )

    async def by_number(self, member_number: str) -> MemberProfile | None:
        return await self._system.run(lambda on: self._one(on, "member_number", member_number))

    async def profile(self, member_id: str) -> MemberProfile | None:
        return await self._system.run(lambda on: self._one(on, "member_id", member_id))

    async def check(self) -> None:
        """Whether everything that the mapping names is there. Raises `PensionGone` and `PensionUnclear`."""
        await self._system.run(lambda on: self._one(on, "member_id", "0"))
        await self._system.run(lambda on: self._phone(on, "+14045550100"))

    async def close(self) -> None:
        await self._system.close()

    # --- in a thread ------------------------------------------------------------------------------

    def _one(self, connection: Connection, name: str, key: str) -> MemberProfile | None:
        found = self._members(connection, self._source(name), (key,))
        if len(found) > 1:
            raise PensionUnclear(f"two different members have one {name}", place=str(self._map.fields[name].place))
        return found[0] if found else None

    def _phone(self, connection: Connection, number: str) -> Matches:
        keys: Sequence[str] = forms.spellings(number)
        if self._map.phones is None or self._map.number is None:
            form = self._map.fields.get("phone")
            found = [] if form is None else self._members(connection, form.sources[0], keys)
        else:
            table = self._system.table(connection, self._map.phones.name)
            owner, theirs = column(table, self._map.phones.member_id), column(table, self._map.number)
            whose = select(owner).distinct().where(theirs.in_(_keys(theirs, keys))).limit(_LOOKED_AT)
            ids = [str(row[0]) for row in connection.execute(whose)]
            found = self._members(connection, self._source("member_id"), ids) if ids else []
        found = sorted(found, key=lambda member: (member.name.split()[-1], member.name, member.member_id))
        return Matches(members=tuple(found[:AT_MOST]), total=len(found))

    def _members(self, connection: Connection, where: Name, keys: Sequence[str]) -> list[MemberProfile]:
        """The members whose column has one of the keys, each once; rows that a join repeats are one member's."""
        table = self._system.table(connection, self._map.table)
        names = {source.text: column(table, source) for form in self._map.fields.values() for source in form.sources}
        place = column(table, where)
        if not (theirs := _keys(place, keys)):
            return []
        statement = select(*names.values()).where(place.in_(theirs)).limit(_LOOKED_AT)
        rows = list(dict.fromkeys(tuple(row) for row in connection.execute(statement)))
        members = []
        for row in rows:
            values = dict(zip(names, row, strict=True))
            member_id = str(values[self._source("member_id").text])
            members.append(
                forms.profile(
                    self._map.fields,
                    values.get,
                    phone=self._first_phone(connection, member_id),
                    beneficiaries=self._beneficiaries(connection, member_id),
                )
            )
        return list(dict.fromkeys(members))

    def _first_phone(self, connection: Connection, member_id: str) -> str:
        if self._map.phones is None or self._map.number is None or "phone" in self._map.fields:
            return ""
        for row in self._theirs(connection, self._map.phones, [self._map.number], member_id, limit=1):
            return str(row[self._map.number.text] or "")
        return ""

    def _beneficiaries(self, connection: Connection, member_id: str) -> Sequence[Beneficiary]:
        if self._map.beneficiaries is None:
            return ()
        names = [source for form in self._map.beneficiary.values() for source in form.sources]
        rows = self._theirs(connection, self._map.beneficiaries, names, member_id, limit=50)
        return forms.beneficiaries(self._map.beneficiary, [row.get for row in rows])

    def _theirs(
        self, connection: Connection, beside: SqlTable, names: Sequence[Name], member_id: str, *, limit: int
    ) -> list[Mapping[str, Any]]:
        """The member's rows of a table beside the profile's, with the columns of these names."""
        table = self._system.table(connection, beside.name)
        whose = column(table, beside.member_id)
        wanted = {name.text: column(table, name) for name in names}
        statement = select(*wanted.values()).where(whose.in_(_keys(whose, [member_id]))).limit(limit)
        return [dict(zip(wanted, row, strict=True)) for row in connection.execute(statement)]

    def _source(self, name: str) -> Name:
        return self._map.fields[name].sources[0]


def _keys(place: Column[Any], keys: Sequence[str]) -> list[Any]:
    """The keys that the column can have at all."""
    found = []
    for key in keys:
        try:
            found.append(as_key(place, key))
        except ValueError:
            continue
    return found
