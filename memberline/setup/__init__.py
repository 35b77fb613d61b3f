"""What `make setup` does once Python is there. Each step does nothing where its result is up to date.

python -m memberline.setup
"""
