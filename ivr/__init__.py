"""What a caller hears and presses before an agent answers."""
