"""Django's handle on the transparency room."""

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    """The transparency room."""

    name = "rushi.transparency"
    label = "transparency"
