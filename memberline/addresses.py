"""Where browsers find the service, and with which certificate: from the settings."""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit

from core.errors import Problem
from memberline.settings import Settings


def origin(settings: Settings) -> str:
    """The desk's own origin as browsers see it; raises `Problem` for a `public_url` that is none."""
    if not settings.public_url:
        scheme = "https" if settings.tls_certificate else "http"
        return f"{scheme}://{settings.http_host}:{settings.http_port}"
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise Problem(
            f"{settings.public_url!r} is no origin",
            place="public_url",
            remedy="Give it like https://phones.example.org",
        )
    return f"{parts.scheme}://{parts.netloc}"


def gateway(settings: Settings, port: int) -> str:
    """What browsers are told to open; behind a proxy, `/ws/` of the same origin."""
    if settings.gateway_url:
        return settings.gateway_url
    if settings.public_url:
        return origin(settings).replace("http", "ws", 1) + "/ws/"
    scheme = "wss" if settings.tls_certificate else "ws"
    return f"{scheme}://{settings.gateway_host}:{port}/"


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """For both ports; None without a certificate. Raises `Problem` for files that do not fit."""
    if not settings.tls_certificate and not settings.tls_key:
        return None
    if not settings.tls_certificate or not settings.tls_key:
        raise Problem("one is set without the other", place="tls_certificate and tls_key", remedy="Set both, or none")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise Problem(
            f"cannot be used: {error.strerror or error}", place=f"{settings.tls_certificate} and {settings.tls_key}"
        ) from error
    return context
