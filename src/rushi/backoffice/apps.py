"""Django's handle on the backoffice room."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    """The backoffice room."""

    name = "rushi.backoffice"
    label = "backoffice"
