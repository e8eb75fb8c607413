"""`python -m graph.cli` is the same as `portolan`."""

from graph.cli.app import main

main()
