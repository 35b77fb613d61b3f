"""The second factor of signing in: a code that changes every 30 s (TOTP, RFC 6238), from a secret shared once.

The secret is kept encrypted under the installation's pepper; a code holds once, for its half minute and the two beside
it.
"""

from __future__ import annotations

import base64
import hashlib

import pyotp
from cryptography.fernet import Fernet, InvalidToken

from core.clock import Clock
from core.errors import Problem
from records.agents import Agents
from records.changes import Note, unnoted

_STEP_S = 30
ISSUER = "Memberline"


class SecondFactor:
    def __init__(self, agents: Agents, clock: Clock, pepper: str) -> None:
        self._agents, self._clock = agents, clock
        key = hashlib.sha256(f"second factor\0{pepper}".encode()).digest()
        self._box = Fernet(base64.urlsafe_b64encode(key))
        self._used: dict[str, int] = {}  # the half minute of the last code that each agent used

    async def enrol(self, agent_id: str, username: str, note: Note = unnoted) -> str:
        """A new secret for the agent, as the address that authenticator apps read (`otpauth://…`)."""
        secret = pyotp.random_base32()
        await self._agents.keep_totp(agent_id, self._box.encrypt(secret.encode()).decode(), note)
        return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)

    async def matches(self, agent_id: str, code: str) -> bool:
        """Whether this is the agent's code now; the same one never twice."""
        kept = await self._agents.totp(agent_id)
        if kept is None or not (code.isascii() and code.isdigit() and len(code) == 6):
            return False
        try:
            totp = pyotp.TOTP(self._box.decrypt(kept.encode()).decode())
        except InvalidToken:
            raise Problem(
                "the second factor cannot be read", place="pepper", remedy="Enrol it anew; was the pepper changed?"
            ) from None
        now = int(self._clock.now().timestamp()) // _STEP_S
        for step in (now, now - 1, now + 1):
            if pyotp.utils.strings_equal(totp.generate_otp(step), code):
                fresh = step > self._used.get(agent_id, -1)
                self._used[agent_id] = max(step, self._used.get(agent_id, -1))
                return fresh
        return False
