"""Django's handle on the db room."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    """The db room."""

    name = "rushi.db"
    label = "db"
