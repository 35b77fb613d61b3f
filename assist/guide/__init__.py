"""What an agent is shown while they talk: the handbook's passages, what has to be said, what can be sent."""
