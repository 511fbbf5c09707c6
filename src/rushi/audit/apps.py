"""Django's handle on the audit room."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit room."""

    name = "rushi.audit"
    label = "audit"
