"""A plan's own REST service, real aiohttp on a real port, with failures that a test asks for."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

MAPPING = """\
kind: rest
profiles:
  by_phone: {path: "/members?phone={phone}", items: results}
  by_number: {path: "/members?number={member_number}", items: results}
  profile: /members/{member_id}
  fields:
    member_id: id
    member_number: number
    name: [name.first, name.last]
    birth_date: born
    address: address.lines
    phone: phones.0
    email: email
    benefit: {from: pension.monthly, in: dollars}
    service_years: service
    protected: vip
  beneficiaries: {items: heirs, name: who, relation: kin, share_percent: share}
changes:
  fields:
    email: {method: PATCH, path: "/members/{member_id}", body: {email: email}}
    bank_details:
      method: POST
      path: /members/{member_id}/bank
      body: {bank_routing: bank.routing, bank_account: bank.account}
    phone: {method: PUT, path: "/members/{member_id}/phone", body: {phone.national: number}}
"""

LORETTA: dict[str, Any] = {
    "id": "m-7",
    "number": "10000075",
    "name": {"first": "Loretta", "last": "Pruitt"},
    "born": "1951-06-02",
    "address": {"lines": ["9 Elm Ct", "Macon, GA 31201"]},
    "phones": ["404-555-0123"],
    "email": "loretta@example.org",
    "pension": {"monthly": 1834.5},
    "service": 31.25,
    "vip": False,
    "heirs": [{"who": "Otis Pruitt", "kin": "spouse", "share": 60}],
}


class RestPlan:
    """`plans`: how the next requests fail, one word each; then it answers. What has an effect is in `journal`."""

    def __init__(self) -> None:
        self.members = {"m-7": dict(LORETTA)}
        self.plans: list[str] = []
        self.journal: list[tuple[str, Any]] = []
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self._keys: dict[str, web.Response] = {}
        app = web.Application()
        app.router.add_get("/api/members", self._search)
        app.router.add_get("/api/members/{id}", self._member)
        app.router.add_route("*", "/api/members/{id}{rest:.*}", self._change)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.url = ""

    async def start(self) -> None:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/api"

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _search(self, request: web.Request) -> web.StreamResponse:
        found = [
            member
            for member in self.members.values()
            if request.query.get("number") in (None, member["number"])
            and request.query.get("phone") in (None, "+1" + member["phones"][0].replace("-", ""))
        ]
        return await self._answered(request, {"results": found})

    async def _member(self, request: web.Request) -> web.StreamResponse:
        member = self.members.get(request.match_info["id"])
        return await self._answered(request, member, 200 if member else 404)

    async def _change(self, request: web.Request) -> web.StreamResponse:
        key, body = request.headers["Idempotency-Key"], await request.json()
        if "before" in self.plans[:1]:
            self.plans.pop(0)
            return web.Response(status=500)
        if request.match_info["id"] not in self.members:
            return web.Response(status=404)
        if key not in self._keys:
            self._keys[key] = web.Response(status=204)
            self.journal.append((f"{request.method} {request.path}", body))
        return await self._answered(request, {"ok": True})

    async def _answered(self, request: web.Request, document: Any, status: int = 200) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.tokens.add(request.headers.get("Authorization"))
        match self.plans.pop(0) if self.plans else "well":
            case "slow" | "never":
                await asyncio.sleep(60)
            case "500" | "429" | "401" | "409" | "422" | "302" | "418" as word:
                return web.Response(status=int(word))
            case "wrong":
                return web.json_response(["nonsense", {"results": 7}])
            case "page":
                return web.Response(text="<html>Please sign in</html>", content_type="text/html")
            case "other":
                return web.json_response({**LORETTA, "id": "m-8"})
            case "twice":
                assert isinstance(document, dict)
                return web.json_response({"results": [*document["results"], {**LORETTA, "id": "m-9"}]})
            case "again":
                assert isinstance(document, dict)
                return web.json_response({"results": document["results"] * 2})
            case "huge":
                return web.Response(body=b'"' + b"x" * 3_000_000 + b'"', content_type="application/json")
            case "half":
                answer = web.StreamResponse(headers={"Content-Length": "5000", "Content-Type": "application/json"})
                await answer.prepare(request)
                await answer.write(b'{"id": "m-7", "name": {"fi')
                assert request.transport is not None
                request.transport.abort()
                return answer
        return web.json_response(document, status=status)
