"""Django's handle on the web room."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The web room."""

    name = "rushi.web"
    label = "web"
