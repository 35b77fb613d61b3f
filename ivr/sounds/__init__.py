"""What callers hear: voices, one loudness, and the files that Asterisk plays."""
