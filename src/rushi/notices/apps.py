"""Django's handle on the notices room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The notices room."""

    name = "rushi.notices"
    label = "notices"
