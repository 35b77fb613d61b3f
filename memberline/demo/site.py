"""The demo's phone system: who has which telephone, which queues there are, and where transfers lead."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from records.sample.plan import Demo
from telephony.pbx.config import Destination, Device, Queue, Site

NUMBER = "5550100"
FIRST_EXTENSION = 1001

_DESTINATIONS = {"pension_analyst": "pension_analysis", "supervisor": "supervisors"}


def site(demo: Demo, destinations: Sequence[str], *, system_name: str = "pbx") -> Site:
    """`destinations` are the internal ids of the transfer directory. The queues fill when the agents sign on."""
    devices = tuple(
        Device(
            name=agent.device.removeprefix("PJSIP/"),
            display=agent.name,
            number=str(FIRST_EXTENSION + place),
            password=secrets.token_urlsafe(9),
        )
        for place, agent in enumerate(demo.agents)
    )
    return Site(
        queues=tuple(Queue(name) for name in sorted({name for agent in demo.agents for name in agent.queues})),
        destinations=tuple(Destination(each, queue=_DESTINATIONS.get(each, "specialists")) for each in destinations),
        devices=devices,
        system_name=system_name,
        number=NUMBER,
    )
