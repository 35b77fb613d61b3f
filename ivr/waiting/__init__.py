"""Waiting well: how long it will take, who is next, overflow, and call backs that keep the place."""
