"""``python -m dcase_classic`` is ``dcase-classic``."""

from dcase_classic.cli import main

main()
