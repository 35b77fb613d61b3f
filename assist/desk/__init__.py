"""The desk on the server: what one agent sees of one call, from the first ring to the confirmed contact."""
