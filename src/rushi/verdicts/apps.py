"""Django's handle on the verdicts room."""

from django.apps import AppConfig


class VerdictsConfig(AppConfig):
    """The verdicts room."""

    name = "rushi.verdicts"
    label = "verdicts"
