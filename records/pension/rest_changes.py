"""Changes into a REST service, each under an `Idempotency-Key`: the service must make what comes twice under one once.

A field that is set to a value (PATCH, PUT) ends the same when set twice, too; a POST stands or falls with the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.errors import Problem
from records.pension import forms
from records.pension.mapping import RestMapping
from records.pension.ports import PensionChange, PensionGone, PensionRefused, PensionUnclear
from records.pension.rest import RestSystem, away, filled, is_away

_NO = (400, 404, 405, 406, 410, 412, 413, 415, 422)


class RestChanges:
    """`records.pension.ports.PensionChanges` by `mapping`."""

    def __init__(
        self, mapping: RestMapping, url: str, *, within_s: float = 10.0, headers: Mapping[str, str] | None = None
    ) -> None:
        if not mapping.changes:
            raise Problem("the mapping file says nothing of changes")
        self._fields = mapping.changes
        self._system = RestSystem(url, within_s=within_s, headers=headers)

    async def apply(self, change: PensionChange) -> None:
        form = self._fields.get(change.field)
        if form is None:
            raise PensionRefused("the mapping file has no way for this field", remedy="Enter it there by hand")
        if lost := [part for part in change.new if not any(name.partition(".")[0] == part for name in form.body)]:
            raise PensionRefused(f"the mapping file has no place for {', '.join(lost)}", remedy="Enter it by hand")
        body: dict[str, Any] = {}
        for part, name in form.body.items():
            if (value := forms.value_of(part, change.new)) is not None:
                forms.at_path_set(body, name.text, value)
        path = filled(form.path, "member_id", change.member_id)
        answer = await self._system.ask(form.method, path, body=body, headers={"Idempotency-Key": change.key})
        if 200 <= answer.status < 300:
            return
        if is_away(answer.status):
            raise away(answer.status, self._system.place)
        if answer.status == 409:
            raise PensionGone("an earlier try is still being worked on (409)", place=self._system.place)
        if answer.status in _NO:
            raise PensionRefused(f"the pension system will not have it ({answer.status})")
        raise PensionUnclear(f"a change was answered with {answer.status}", place=self._system.place)

    async def close(self) -> None:
        await self._system.close()
