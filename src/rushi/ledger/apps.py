"""Django's handle on the ledger room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger room."""

    name = "rushi.ledger"
    label = "ledger"
