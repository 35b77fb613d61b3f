"""What callers did, queue by queue: each visit from the phone system's events, and its sums for every 15 minutes."""
