"""`python -m mumian` is `mumian`."""

from mumian.cli import main

main()
