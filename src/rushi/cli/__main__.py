"""`python -m rushi.cli`, which is what `./rushi` runs."""

from __future__ import annotations

import sys

from rushi.cli.verbs import main

sys.exit(main(sys.argv[1:]))
