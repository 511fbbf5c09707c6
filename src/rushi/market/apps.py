"""Django's handle on the market room."""

from django.apps import AppConfig


class MarketConfig(AppConfig):
    """The market room."""

    name = "rushi.market"
    label = "market"
