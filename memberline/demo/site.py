"""The demo's phone system: who has which telephone, which queues there are, and where transfers lead."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from records.sample.plan import Demo, DemoAgent
from telephony.pbx.config import Destination, Device, Member, Queue, Site

NUMBER = "5550100"
FIRST_EXTENSION = 1001

# Where each specialty of the sample plan is at home; who is not listed here answers everybody.
_QUEUES = {"pension_analysis": "pension_analysis"}
_DESTINATIONS = {"pension_analyst": "pension_analysis", "supervisor": "supervisors"}


def site(demo: Demo, destinations: Sequence[str], *, watched: str, system_name: str = "pbx") -> Site:
    """`destinations` are the internal ids of the transfer directory; `watched` is offered calls before the others."""
    devices = tuple(
        Device(
            name=agent.device.removeprefix("PJSIP/"),
            display=agent.name,
            number=str(FIRST_EXTENSION + place),
            password=secrets.token_urlsafe(9),
        )
        for place, agent in enumerate(demo.agents)
    )
    queues: dict[str, list[Member]] = {name: [] for name in ("member_services", "pension_analysis", "specialists")}
    queues["supervisors"] = []
    for agent in demo.agents:
        penalty = 0 if agent.id == watched else 1
        queues[_home(agent)].append(Member(agent.device, agent.name, penalty))
    return Site(
        queues=tuple(Queue(name, tuple(members)) for name, members in queues.items()),
        destinations=tuple(Destination(each, queue=_DESTINATIONS.get(each, "specialists")) for each in destinations),
        devices=devices,
        system_name=system_name,
        number=NUMBER,
    )


def _home(agent: DemoAgent) -> str:
    if agent.role == "supervisor":
        return "supervisors"
    specialty = next((_QUEUES[name] for name in agent.specialties if name in _QUEUES), None)
    return specialty or ("member_services" if agent.level == 1 else "specialists")
