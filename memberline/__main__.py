"""`python -m memberline` is the `memberline` command."""

from memberline.cli import main

main()
