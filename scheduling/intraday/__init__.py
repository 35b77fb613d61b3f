"""The rest of the day: the service level it is heading for, and what moving people would change. Pure."""
