"""Django's handle on the db room."""

from django.apps import AppConfig
from psycopg_pool import ConnectionPool

from rushi.db import limits


class DbConfig(AppConfig):
    """The db room."""

    name = "rushi.db"
    label = "db"

    def ready(self) -> None:
        """Let Django's pools look at the socket before lending a connection, instead of asking the server each time."""
        ConnectionPool.check_connection = staticmethod(limits.check)  # type: ignore[method-assign, assignment]
