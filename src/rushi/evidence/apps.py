"""Django's handle on the evidence room."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """The evidence room."""

    name = "rushi.evidence"
    label = "evidence"
