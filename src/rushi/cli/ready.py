"""Django made ready for a verb: the database found or started, settings loaded."""

from __future__ import annotations

import logging
import os

from rushi.db import launcher, limits


def use_database(*, owner: bool = False) -> None:
    """Point RUSHI_DATABASE_URL at a database that answers, starting the embedded one when none is set.

    With `owner`, speak as the role that owns the tables (migrations, grants).
    """
    if not os.environ.get("RUSHI_DATABASE_URL"):
        cluster = launcher.ensure()
        os.environ["RUSHI_DATABASE_URL"] = cluster.url()
        os.environ["RUSHI_OWNER_DATABASE_URL"] = cluster.url(launcher.OWNER)
    if owner and (url := os.environ.get("RUSHI_OWNER_DATABASE_URL")):
        os.environ["RUSHI_DATABASE_URL"] = url


def setup_django(*, quiet: bool = False) -> None:
    """Load Django's settings and apps; connects to nothing. `quiet` logs warnings only."""
    import django

    from rushi.kernel import logs

    logs.configure(logging.WARNING if quiet else logging.INFO)
    from django.conf import settings

    # Sweeps, checks and exports may take longer than a request; the web does not come this way.
    settings.DATABASES["default"]["OPTIONS"]["options"] = limits.options(
        limits.SWEEP_STATEMENT_MS, limits.SWEEP_LOCK_MS
    )
    django.setup()
