"""Who should take this call: topics, the caller's temper and transfer suggestions, from the words as they come."""
