"""Django's handle on the identity room."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The identity room."""

    name = "rushi.identity"
    label = "identity"
