"""How far the demo market's preparation is: one row a finished step, so that it can be interrupted and resumed."""

from __future__ import annotations

from django.db import models


class Step(models.Model):
    """A finished step of the seeding and the ids it made. Written in the same transaction as what it did."""

    name = models.CharField(max_length=60, primary_key=True)
    finished_at = models.DateTimeField()
    made = models.JSONField(default=dict)
