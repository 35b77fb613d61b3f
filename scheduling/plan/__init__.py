"""The week's telephone schedule: who is on the phones, at rest, or at other work, in every quarter of an hour. Pure."""
