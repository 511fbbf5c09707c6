"""Django's handle on the payouts room."""

from django.apps import AppConfig


class PayoutsConfig(AppConfig):
    """The payouts room."""

    name = "rushi.payouts"
    label = "payouts"
