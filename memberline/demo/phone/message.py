"""SIP messages as values: read from bytes, written to bytes. Pure."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'(\w+)="?([^",]+)"?')


@dataclass(frozen=True)
class SipMessage:
    """A request (`method`, `target`) or a response (`status`). Header names are lower case; values in their order."""

    method: str = ""
    target: str = ""
    status: int = 0
    reason: str = ""
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: str = ""

    def header(self, name: str) -> str:
        """The first value of a header; empty when there is none."""
        return self.headers.get(name, [""])[0]

    @property
    def sequence(self) -> tuple[int, str]:
        """Number and method of CSeq."""
        number, _, method = self.header("cseq").partition(" ")
        return (int(number) if number.isdigit() else 0), method.strip()


def read(data: bytes) -> SipMessage | None:
    """The message in a datagram; None where it is none (keep-alives, noise)."""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    if "call-id" not in headers or "cseq" not in headers:
        return None
    words = first.split(" ", 2)
    if first.startswith("SIP/2.0") and len(words) >= 2 and words[1].isdigit():
        return SipMessage(status=int(words[1]), reason=" ".join(words[2:]), headers=headers, body=body)
    if len(words) == 3 and words[2] == "SIP/2.0":
        return SipMessage(method=words[0], target=words[1], headers=headers, body=body)
    return None


def write(first: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A message from its first line and headers; the body is SDP."""
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    if body:
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def token() -> str:
    """A fresh tag, branch or Call-ID part."""
    return secrets.token_hex(8)


def authorization(challenge: str, *, user: str, password: str, method: str, uri: str) -> str:
    """The answer to a Digest challenge (RFC 7616 with MD5, which is what SIP telephones speak)."""
    asked = dict(_PARAMETER.findall(challenge))
    realm, nonce, client_nonce, count = asked.get("realm", ""), asked.get("nonce", ""), token(), "00000001"
    who = _md5(f"{user}:{realm}:{password}")
    what = _md5(f"{method}:{uri}")
    said = f'username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm=MD5'
    if "qop" in asked:
        response = _md5(f"{who}:{nonce}:{count}:{client_nonce}:auth:{what}")
        said += f', qop=auth, nc={count}, cnonce="{client_nonce}"'
    else:
        response = _md5(f"{who}:{nonce}:{what}")
    if "opaque" in asked:
        said += f', opaque="{asked["opaque"]}"'
    return f'Digest {said}, response="{response}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sdp(port: int, direction: str, version: int) -> str:
    """An offer or answer: one PCMU stream on loopback, with telephone events."""
    return (
        f"v=0\r\no=- 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        f"a=fmtp:101 0-16\r\na=ptime:20\r\na={direction}\r\n"
    )


def audio_address(body: str) -> tuple[str, int] | None:
    """Where the other side wants its audio."""
    port, host = re.search(r"^m=audio (\d+)", body, re.MULTILINE), re.search(r"^c=IN IP4 (\S+)", body, re.MULTILINE)
    return (host[1], int(port[1])) if port and host else None


def address_in(value: str) -> str:
    """The URI of `"Name" <sip:user@host>;tag=x`."""
    match = re.search(r"<([^>]+)>", value)
    return match[1] if match else value.partition(";")[0].strip()


def user_in(value: str) -> str:
    """The user part of a From or To header."""
    match = re.search(r"sips?:([^@;>]+)@", value)
    return match[1] if match else ""
