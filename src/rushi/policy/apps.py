"""Django's handle on the policy room."""

from django.apps import AppConfig


class PolicyConfig(AppConfig):
    """The policy room."""

    name = "rushi.policy"
    label = "policy"
