"""What a web process loads: no solver."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rushi.config.settings")
import django
django.setup()
import rushi.config.urls
sys.exit("scipy" in sys.modules)
"""


def test_the_solver_is_loaded_by_the_job_that_solves_and_by_nobody_else() -> None:
    assert subprocess.run([sys.executable, "-c", SCRIPT], check=False).returncode == 0
