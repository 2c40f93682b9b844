"""`python -m kobai.cli` is `kobai`."""

from . import main

main(prog_name="kobai")
