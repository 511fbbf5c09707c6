"""Django's handle on the measurement room."""

from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    """The measurement room."""

    name = "rushi.measurement"
    label = "measurement"
