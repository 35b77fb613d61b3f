"""The plan's handbook at hand: imported, searched, and found for what a caller just said."""
