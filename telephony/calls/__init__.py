"""The call tracker: AMI events in, the story of each call out. Pure: it can be fed from a recording."""
