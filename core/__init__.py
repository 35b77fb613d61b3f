"""What every room shares and nothing else: ids, clock, events, the bus protocol, the database, background tasks."""
