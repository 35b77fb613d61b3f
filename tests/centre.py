"""The small call centre that the tests' Asterisk is."""

from __future__ import annotations

from telephony.pbx.config import Destination, Device, Member, Queue, Site, Widening


def site() -> Site:
    """A small centre: two representatives and an analyst in fixed places, two who sign on, a queue without anybody."""
    dana, luis, priya, *others = (
        Device(name, name.title(), number, f"{name}-secret")
        for name, number in (
            ("dana", "1001"),
            ("luis", "1002"),
            ("priya", "1003"),
            ("maria", "1004"),
            ("ned", "1005"),
        )
    )
    return Site(
        queues=(
            Queue("member_services", tuple(Member(each.interface, each.display) for each in (dana, luis))),
            Queue("pension_analysis", (Member(priya.interface, priya.display),)),
            Queue("nobody"),
            Queue("hurried", (Member(dana.interface, dana.display),), patience_s=3),
            Queue("routed", widen=(Widening(0, 0), Widening(4, 9)), ring_s=3),  # filled by who signs on
        ),
        destinations=(
            Destination("pension_analyst", number="901", queue="pension_analysis"),
            Destination("senior_representative", number="902", device=luis.interface),
        ),
        devices=(dana, luis, priya, *others),
        telephones_asked_s=5,
    )
