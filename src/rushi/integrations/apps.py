"""Django's handle on the integrations room."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """The integrations room."""

    name = "rushi.integrations"
    label = "integrations"
