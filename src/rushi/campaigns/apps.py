"""Django's handle on the campaigns room."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """The campaigns room."""

    name = "rushi.campaigns"
    label = "campaigns"
