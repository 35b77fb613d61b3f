"""Phone coverage. Empty until forecasts and schedules are built; the room is reserved."""
