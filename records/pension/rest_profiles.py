"""Members from a REST service. `records.directory.Directory` by a mapping file's paths."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from records.directory import Matches
from records.members import AT_MOST
from records.pension import forms
from records.pension.mapping import QUESTIONS, RestMapping, RestProfiles
from records.pension.ports import PensionUnclear
from records.pension.rest import RestSystem, away, filled, is_away
from records.phones import e164
from records.profile import Beneficiary, MemberProfile

_LOOKED_AT = 200  # of one answer


class RestProfileSource:
    """Asks what `mapping` says of the service at `url`; an answer comes within `within_s` or not at all."""

    def __init__(
        self, mapping: RestMapping, url: str, *, within_s: float = 1.0, headers: Mapping[str, str] | None = None
    ) -> None:
        if mapping.profiles is None:
            raise PensionUnclear("the mapping file says nothing of profiles")
        self._map: RestProfiles = mapping.profiles
        self._system = RestSystem(url, within_s=within_s, headers=headers)

    async def by_phone(self, e164_number: str) -> Matches:
        if (number := e164(e164_number)) is None:
            return Matches(members=(), total=0)
        found = sorted(
            await self._asked("by_phone", number),
            key=lambda member: (member.name.split()[-1], member.name, member.member_id),
        )
        return Matches(members=tuple(found[:AT_MOST]), total=len(found))

    async def by_number(self, member_number: str) -> MemberProfile | None:
        return self._one(await self._asked("by_number", member_number), "member_number", member_number)

    async def profile(self, member_id: str) -> MemberProfile | None:
        return self._one(await self._asked("profile", member_id), "member_id", member_id)

    async def check(self) -> None:
        """Whether it answers as the mapping says. Raises `PensionGone` and `PensionUnclear`."""
        await self.by_phone("+14045550100")

    async def close(self) -> None:
        await self._system.close()

    async def _asked(self, question: str, key: str) -> list[MemberProfile]:
        form = self._map.questions[question]
        if not key or len(key) > 80:
            return []
        answer = await self._system.ask("GET", filled(form.path, QUESTIONS[question], key))
        if is_away(answer.status):
            raise away(answer.status, self._system.place)
        if answer.status in (400, 404, 410, 422) or (answer.status == 204 and answer.document is None):
            return []
        if answer.status != 200 or answer.document is None:
            raise PensionUnclear(f"{question} was answered with {answer.status} and no JSON", place=self._system.place)
        found = answer.document if form.items is None else forms.at_path(answer.document, form.items)
        documents = found if form.items is not None else [found]
        if not isinstance(documents, list) or not all(isinstance(each, dict) for each in documents):
            raise PensionUnclear(f"{question} was answered with something else than members", place=str(form.place))
        return list(dict.fromkeys(map(self._member, documents[:_LOOKED_AT])))

    def _member(self, document: dict[str, Any]) -> MemberProfile:
        get = partial(forms.at_path, document)
        return forms.profile(self._map.fields, get, beneficiaries=self._beneficiaries(document))

    def _beneficiaries(self, document: dict[str, Any]) -> tuple[Beneficiary, ...]:
        if self._map.beneficiaries is None:
            return ()
        found = forms.at_path(document, self._map.beneficiaries)
        if not isinstance(found, list):
            return ()
        return forms.beneficiaries(self._map.beneficiary, [partial(forms.at_path, each) for each in found])

    def _one(self, found: list[MemberProfile], name: str, key: str) -> MemberProfile | None:
        if len(found) > 1:
            raise PensionUnclear(f"two different members have one {name}", place=self._system.place)
        if found and getattr(found[0], name) != key:  # another's data must never reach a desk
            raise PensionUnclear(f"it was asked for one {name} and told another's", place=self._system.place)
        return found[0] if found else None
