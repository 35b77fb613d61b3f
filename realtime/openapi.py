"""The HTTP interface described (OpenAPI 3.1), from the same declarations that are mounted. Pure.

A route's summary is the first line of its handler's docstring, its answer the handler's return type, its body the type
it declares; so the description cannot say anything else than what runs.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_type_hints

import msgspec

from core.access import User
from core.blobs import Blob
from core.errors import Problem
from core.events import Message
from core.routes import Route
from realtime import oidc
from realtime.protocol import ProblemDetails, SignIn, SignInWays, TicketInfo

_REFUSALS = {
    400: "the request could not be read",
    401: "nobody is signed in",
    403: "the role may not, or it belongs to somebody else",
    404: "there is no such thing",
    408: "the body did not arrive in time",
    409: "it cannot be done now",
    413: "the body is too large",
    415: "the body is not JSON",
    422: "the body or a parameter is not as expected",
    429: "too many attempts",
    500: "something went wrong here",
    503: "a part that this needs is not there now",
    504: "it took too long",
}
_REF = "#/components/schemas/{name}"


@dataclass(frozen=True)
class Operation:
    """One method of one path, as it is described. `leads` says where its redirect goes, in place of an answer."""

    method: str
    path: str
    summary: str
    body: Any = None
    answer: Any = NoneType
    query: type | None = None
    who: str = "whoever is signed in"
    leads: str = ""


class _SentBack(Message, frozen=True, kw_only=True):
    """What an identity provider gives a browser to bring back: a code, or why there is none."""

    state: str = ""
    code: str = ""
    error: str = ""


# What signing in needs: handled by the application itself.
SIGN_IN = (
    Operation("POST", "/api/session", "Sign in; the answer sets the session's cookie.", SignIn, User, who="anyone"),
    Operation("GET", "/api/session", "Who is signed in.", None, User),
    Operation("DELETE", "/api/session", "Sign out.", who="anyone"),
    Operation("POST", "/api/session/renewal", "Another cookie for the same session."),
    Operation("GET", "/api/sign-in", "How one signs in here.", None, SignInWays, who="anyone"),
    Operation(
        "GET",
        "/api/oidc",
        "Sign in with the organisation, where that is set; else there is nothing here.",
        who="anyone",
        leads="to the organisation's identity provider",
    ),
    Operation(
        "GET",
        oidc.PATH,
        "The way back from there; it sets the session's cookie.",
        query=_SentBack,
        who="anyone",
        leads="to the desk",
    ),
    Operation("POST", "/api/ticket", "A ticket that opens the gateway once.", None, TicketInfo),
    Operation("GET", "/api/openapi.json", "This description.", None, dict[str, Any]),
)


def operation(route: Route) -> Operation:
    """What a route says of itself; raises `Problem` where that is not enough."""
    summary = (inspect.getdoc(route.handler) or "").partition("\n")[0]
    answer = get_type_hints(route.handler).get("return")
    if not summary or answer is None:
        raise Problem(
            f"{route.method} {route.path} does not describe itself",
            remedy="Give its handler a docstring and the type of its answer",
        )
    who = f"who may {route.rule.action} {route.rule.resource}"
    return Operation(route.method, route.path, summary, route.body, answer, route.query, who)


def describe(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The OpenAPI document of these routes and of signing in."""
    operations = [*SIGN_IN, *(operation(route) for route in routes)]
    types = [kind for each in operations for kind in (each.body, each.answer) if kind not in (None, NoneType, Blob)]
    schemas, components = msgspec.json.schema_components([*types, ProblemDetails], ref_template=_REF)
    known = dict(zip(map(id, [*types, ProblemDetails]), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _described(each, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Memberline",
            "version": version,
            "description": "Commands and snapshots; events come over the websocket (docs/protocol.md).",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "memberline_session"}},
        },
    }


def _described(each: Operation, known: dict[int, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", each.path)
    ]
    parameters += _query(each.query)
    if each.method != "GET":
        parameters.append(_header("X-Memberline", "any value, where the request has no Origin", required=True))
    if each.method == "POST":
        text = "the same key gets the same answer, and the command is done once; up to 200 characters"
        parameters.append(_header("Idempotency-Key", text))
    answers: dict[str, Any] = {"204": {"description": "done"}}
    if each.leads:
        location = {"required": True, "schema": {"type": "string"}}
        answers = {"302": {"description": each.leads, "headers": {"Location": location}}}
    elif each.answer is Blob:
        answers = {"200": {"description": "the file", "content": {"*/*": {"schema": {"type": "string"}}}}}
    elif each.answer is not NoneType:
        answers = {"200": {"description": "the answer", "content": _json(known[id(each.answer)])}}
    problem = {"application/problem+json": {"schema": {"$ref": _REF.format(name="ProblemDetails")}}}
    for status, why in _REFUSALS.items():
        answers[str(status)] = {"description": why, "content": problem}
    told: dict[str, Any] = {"summary": each.summary, "description": f"For {each.who}.", "parameters": parameters}
    if each.body is not None:
        told["requestBody"] = {"required": True, "content": _json(known[id(each.body)])}
    return {**told, "responses": answers, "security": [] if each.who == "anyone" else [{"session": []}]}


def _query(kind: type | None) -> list[dict[str, Any]]:
    if kind is None:
        return []
    _, components = msgspec.json.schema_components([kind])
    shape = components[kind.__name__]
    required = shape.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _header(name: str, text: str, *, required: bool = False) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
    return {"name": name, "in": "header", "required": required, "description": text, "schema": schema}
