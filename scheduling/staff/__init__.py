"""The staff: hired, moved and gone; signed on with a telephone; in a state."""
