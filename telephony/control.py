"""Verbs on calls and queues. Each returns once the PBX has confirmed it, or raises `Problem` with what the PBX said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from telephony.ami.connection import Actions
from telephony.ami.errors import ActionFailed

# What the manager user must be allowed.
NEEDS = frozenset(
    {"Redirect", "Atxfer", "CancelAtxfer", "Hangup", "QueueAdd", "QueueRemove", "QueuePause", "QueuePenalty"}
    | {"PlayDTMF", "Setvar", "Originate", "Getvar", "DBPut"}
)
WITHIN_S = 5.0
FAMILY = "memberline"  # of what is kept for the dialplan in the PBX's own database


class Control:
    """The verbs, over the acting link."""

    def __init__(self, link: Actions) -> None:
        self._link = link

    async def blind_transfer(self, caller_channel: str, context: str, exten: str) -> None:
        """Send the caller on to an extension, at once; whoever talked to them is freed.

        The agent's AgentComplete comes only when the caller ends: their part is over with their own Hangup.
        """
        await self._do("Redirect", Channel=caller_channel, Context=context, Exten=exten, Priority="1")

    async def attended_transfer(self, agent_channel: str, context: str, exten: str) -> None:
        """Let the agent consult an extension while the caller is on hold; the agent completes it by hanging up.

        Asterisk plays it as the agent's own keys, so the extension must be digits. Queue and Dial need the option t,
        never h or H, and the sounds pbx-transfer, beep and beeperr, without which the caller hears the keys.
        """
        await self._do("Atxfer", Channel=agent_channel, Context=context, Exten=exten)

    async def cancel_attended_transfer(self, agent_channel: str) -> None:
        """End the consultation and put the agent back with the caller."""
        await self._do("CancelAtxfer", Channel=agent_channel)

    async def hang_up(self, channel: str) -> None:
        """End a channel, given by name or Uniqueid."""
        await self._do("Hangup", Channel=channel, Cause="16")

    async def press(self, channel: str, key: str) -> None:
        """Have the PBX take `key` (one of 0-9, *, #, A-D) as if whoever is at this channel had pressed it."""
        await self._do("PlayDTMF", Channel=channel, Digit=key, Receive="true", Duration="40")

    async def set_variable(self, channel: str, name: str, value: str) -> None:
        """Set a variable, or a function that can be set (`CHANNEL(language)`), of a channel, whatever it does now."""
        await self._do("Setvar", Channel=channel, Variable=name, Value=value)

    async def call_back(
        self,
        dial: str,
        context: str,
        *,
        channel_id: str,
        shown: str,
        variables: Mapping[str, str],
        ring_s: float,
    ) -> None:
        """Have the PBX dial `dial` (`PJSIP/+14045550123@trunk`) and send whoever answers to `context`.

        Returns once the PBX has taken it on: what comes of it is told by events of the channel `channel_id`.
        `ActionFailed`: it did not, and nobody is called. After any other failure that is not known.
        """
        await self._do(
            "Originate",
            Channel=dial,
            Context=context,
            Exten="s",
            Priority="1",
            ChannelId=channel_id,
            CallerID=shown,
            Timeout=str(int(ring_s * 1000)),
            Variable=[f"{name}={value}" for name, value in variables.items()],
            Async="true",
        )

    async def is_up(self, channel: str) -> bool:
        """Whether there is a channel of this name or Uniqueid now."""
        try:
            await self._do("Getvar", Channel=channel, Variable="UNIQUEID")
        except ActionFailed as refused:
            if "No such channel" in refused.what:
                return False
            raise
        return True

    async def remember(self, key: str, value: str) -> None:
        """Keep a value for the dialplan (`DB(memberline/<key>)`), over the PBX's restarts too."""
        await self._do("DBPut", Family=FAMILY, Key=key, Val=value)

    async def queue_add(self, device: str, queue: str, *, name: str = "", penalty: int = 0, pause: str = "") -> None:
        """Make a device a member of a queue, paused for the reason `pause` (empty: it takes calls at once).

        A device that does not exist is accepted by the PBX all the same.
        """
        member = {"Interface": device, "MemberName": name or device, "Penalty": str(penalty)}
        paused = {"Paused": "true", "Reason": pause} if pause else {}
        await self._do("QueueAdd", Queue=queue, **member, **paused)

    async def queue_remove(self, device: str, queue: str) -> None:
        await self._do("QueueRemove", Queue=queue, Interface=device)

    async def queue_penalty(self, device: str, queue: str, penalty: int) -> None:
        """Change the order in which a member is rung; 0 comes first."""
        await self._do("QueuePenalty", Interface=device, Queue=queue, Penalty=str(penalty))

    async def queue_pause(self, device: str, queue: str | None = None, *, reason: str = "") -> None:
        """Offer the device no more calls, in one queue or (None) in all it is a member of."""
        await self._pause(device, queue, "true", reason)

    async def queue_unpause(self, device: str, queue: str | None = None) -> None:
        await self._pause(device, queue, "false", "")

    async def _pause(self, device: str, queue: str | None, paused: str, reason: str) -> None:
        where = {} if queue is None else {"Queue": queue}
        await self._do("QueuePause", Interface=device, Paused=paused, Reason=reason, **where)

    async def _do(self, action: str, **fields: str | Sequence[str]) -> None:
        await self._link.action({"Action": action, **fields}, within=WITHIN_S)
