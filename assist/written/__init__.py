"""What was said, as people write it: figures, dates, money, addresses, names; each piece with its spoken words."""
