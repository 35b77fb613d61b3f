"""Agents' states: what the phone system says each is doing, and what is done about it by rule."""
