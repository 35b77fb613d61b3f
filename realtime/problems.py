"""Refusals over HTTP: problem+json (RFC 9457) whose `detail` says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from core.errors import BusGone, DatabaseBusy, DatabaseGone, DatabaseLate, Problem
from core.events import encode
from core.routes import Refusal
from realtime.protocol import ProblemDetails

# Where nothing better is known than a status: aiohttp's own refusals.
_WHAT_TO_DO = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address. Check the path.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take this method; the Allow header names those it takes.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large. Send at most 64 KB.",
    HTTPStatus.BAD_REQUEST: "The request could not be read. Check its headers and body.",
}


class HttpProblem(Exception):
    """Ends a request with this answer."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, *, kind: str = "about:blank"
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.kind = status, detail, headers or {}, kind


def problem(
    request_id: str,
    status: int,
    detail: str,
    headers: Mapping[str, str] | None = None,
    *,
    kind: str = "about:blank",
) -> web.Response:
    """The answer that tells of a problem; `detail` is a sentence or two for the person on the other side."""
    title = HTTPStatus(status).phrase
    details = ProblemDetails(title=title, status=status, detail=detail, request_id=request_id, type=kind)
    return web.Response(body=encode(details), status=status, content_type="application/problem+json", headers=headers)


def as_http(error: Problem | web.HTTPException) -> HttpProblem:
    """A problem that a room or aiohttp raised, as an answer; one without a status of its own is a conflict."""
    if isinstance(error, Problem):
        text = " ".join(f"{part[0].upper()}{part[1:].rstrip('.')}." for part in (error.what, error.remedy) if part)
        match error:
            case Refusal():
                return HttpProblem(error.status, text)
            case DatabaseGone() | DatabaseBusy() | DatabaseLate() | BusGone():
                return HttpProblem(HTTPStatus.SERVICE_UNAVAILABLE, text, {"Retry-After": "1"})
        return HttpProblem(HTTPStatus.CONFLICT, text)
    headers = {name: value for name, value in error.headers.items() if name in ("Allow", "Retry-After")}
    status = HTTPStatus(error.status)
    return HttpProblem(status, _WHAT_TO_DO.get(status, status.description), headers)
