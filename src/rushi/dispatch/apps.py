"""Django's handle on the dispatch room."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    """The dispatch room."""

    name = "rushi.dispatch"
    label = "dispatch"
