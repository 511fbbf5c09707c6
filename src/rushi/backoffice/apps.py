"""Django's handles on the backoffice room: the room itself, and its admin site in the place of Django's."""

from django.apps import AppConfig
from django.contrib.admin import apps as django_admin

from rushi.backoffice import names


class BackofficeConfig(AppConfig):
    """The backoffice room."""

    name = "rushi.backoffice"
    label = "backoffice"
    default = True

    def ready(self) -> None:
        """Put up the names that people read."""
        names.put_up()


class BackofficeSiteConfig(django_admin.AdminConfig):
    """Django's admin with our site as the default."""

    default = False
    default_site = "rushi.backoffice.site.BackOffice"
