"""What is promised about speed, measured as ratios: `python -m benchmarks --list`."""
