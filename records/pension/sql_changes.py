"""Changes into a SQL database: the value and the key that it was made under in one transaction, so each has one effect.

The table of keys is the operator's to make, beside the tables that are changed:

    CREATE TABLE memberline_applied (key varchar(80) PRIMARY KEY, made_at timestamp NOT NULL)
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

from records.pension import forms
from records.pension.mapping import Name, SqlField, SqlMapping
from records.pension.ports import PensionChange, PensionRefused, PensionUnclear
from records.pension.sql import SqlSystem, as_key, column

KEY, MADE_AT = "key", "made_at"


class SqlChanges:
    """`records.pension.ports.PensionChanges` by `mapping`; the account may insert keys and update what is mapped."""

    def __init__(self, mapping: SqlMapping, url: str, *, within_s: float = 10.0) -> None:
        if mapping.applied is None:
            raise PensionUnclear("the mapping file says nothing of changes")
        self._applied, self._fields = mapping.applied, mapping.changes
        self._system = SqlSystem(url, within_s=within_s, threads=2)
        self.engine = self._system.engine

    async def apply(self, change: PensionChange) -> None:
        form = self._fields.get(change.field)
        if form is None:
            raise PensionRefused("the mapping file has no way for this field", remedy="Enter it there by hand")
        try:
            await self._system.run(lambda on: self._made(on, form, change))
        except _Already:
            return

    async def check(self) -> None:
        """Whether everything that the mapping names is there. Raises `PensionGone` and `PensionUnclear`."""

        def checked(connection: Connection) -> None:
            self._keys(connection)
            for form in self._fields.values():
                table = self._system.table(connection, form.table.name)
                for name in (form.table.member_id, *form.columns.values()):
                    column(table, name)

        await self._system.run(checked)

    async def close(self) -> None:
        await self._system.close()

    # --- in a thread ------------------------------------------------------------------------------

    def _made(self, connection: Connection, form: SqlField, change: PensionChange) -> None:
        self._once(connection, change.key)
        table = self._system.table(connection, form.table.name)
        owner = column(table, form.table.member_id)
        statement = update(table).where(owner == _typed(owner, form.table.member_id, change.member_id))
        values: dict[str, Any] = {}
        for part, name in form.columns.items():
            theirs = column(table, name)
            new, old = forms.value_of(part, change.new), change.old.get(part)
            if new is None:
                continue
            values[theirs.name] = _typed(theirs, name, new)
            if form.old_must_match and old is not None:
                statement = statement.where(theirs.in_([_typed(theirs, name, old)]))
        if lost := [part for part in change.new if not _written(part, form)]:
            raise PensionRefused(f"the mapping file has no place for {', '.join(lost)}", remedy="Enter it by hand")
        changed = connection.execute(statement.values(values)).rowcount
        if changed != 1:  # raising takes the key back too
            if changed > 1:
                raise PensionRefused("the pension system has the member twice")
            whose = owner == _typed(owner, form.table.member_id, change.member_id)
            if connection.execute(select(owner).where(whose)).first() is None:
                raise PensionRefused("the pension system has no such member there")
            raise PensionRefused("the pension system has another value by now than the one that was to be changed")

    def _once(self, connection: Connection, key: str) -> None:
        """Write the key; who writes it second waits for the first to end and is told."""
        keys = self._keys(connection)
        try:
            with connection.begin_nested():
                connection.execute(insert(keys).values({KEY: key, MADE_AT: _moment(keys.c[MADE_AT])}))
        except IntegrityError:
            if connection.execute(select(keys.c[KEY]).where(keys.c[KEY] == key)).one_or_none() is not None:
                raise _Already from None
            raise

    def _keys(self, connection: Connection) -> Table:
        table = self._system.table(connection, self._applied)
        for name in (KEY, MADE_AT):
            column(table, Name(name, self._applied.place))
        return table


class _Already(Exception):
    """This key was made in an earlier try."""


def _written(part: str, form: SqlField) -> bool:
    return any(name.partition(".")[0] == part for name in form.columns)


def _typed(theirs: Column[Any], name: Name, text: str) -> Any:
    length = getattr(theirs.type, "length", None)
    if isinstance(length, int) and len(text) > length:
        raise PensionRefused(f"{name.text} takes {length} characters at most", remedy="Enter it there, shortened")
    try:
        return as_key(theirs, text)
    except ValueError:
        raise PensionRefused(f"{name.text} keeps another kind of value", remedy="Enter it there by hand") from None


def _moment(theirs: Column[Any]) -> datetime:
    now = datetime.now(UTC)
    return now if getattr(theirs.type, "timezone", False) else now.replace(tzinfo=None)
