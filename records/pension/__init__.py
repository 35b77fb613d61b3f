"""The pension system: how members are looked up there, and how changes get there."""
