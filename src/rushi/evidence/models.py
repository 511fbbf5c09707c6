"""What a person did. Facts (Submission) and opinions (Answer) are separate tables: judging reads only facts."""

from __future__ import annotations

from django.db import models

from rushi.campaigns.models import Question
from rushi.dispatch.models import Assignment
from rushi.kernel.ids import uuid7


class Watch(models.Model):
    """The running proof of attention of an assignment: one nonce, voided by a restart."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, primary_key=True, related_name="watch", db_constraint=False
    )
    nonce = models.UUIDField()
    started_at = models.DateTimeField()
    restarts = models.PositiveSmallIntegerField(default=0)


class Checkpoint(models.Model):
    """The state of a watch every 30 s: what survives when a phone dies, and what a reviewer can follow."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="checkpoints", db_constraint=False
    )
    nonce = models.UUIDField()
    at = models.DateTimeField()
    covered_ms = models.PositiveIntegerField()
    hidden_ms = models.PositiveIntegerField()
    refused_ms = models.PositiveIntegerField()
    state = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["assignment", "at"], name="checkpoint_of_assignment")]


class FreeLook(models.Model):
    """Phase one of a cut: where the person swiped on (or the end). Gives the retention curve, never touches pay."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="free_looks", db_constraint=False)
    cut = models.CharField(max_length=1)
    left_at_ms = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint("assignment", "cut", name="free_look_once_a_cut")]


class Draft(models.Model):
    """Answers not yet handed in, kept when the connection drops."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, primary_key=True, related_name="draft", db_constraint=False
    )
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()


class Submission(models.Model):
    """What was handed in, as facts: attention, recall, time. No opinion is in this table."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="submission", db_constraint=False
    )
    submitted_at = models.DateTimeField()
    active_from = models.DateTimeField()
    active_to = models.DateTimeField()
    coverage_bps = models.PositiveSmallIntegerField()
    watched_ms = models.PositiveIntegerField()
    hidden_ms = models.PositiveIntegerField(default=0)
    refused_ms = models.PositiveIntegerField(default=0)
    overlap_ms = models.PositiveIntegerField(default=0)
    answer_ms = models.PositiveIntegerField()
    item_count = models.PositiveSmallIntegerField()
    recall_asked = models.PositiveSmallIntegerField()
    recall_right = models.PositiveSmallIntegerField()
    attention = models.JSONField(default=dict)


class Answer(models.Model):
    """One honest answer. Read by reports only; no verdict, offer, bonus or standing ever reads it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="answers")
    choice = models.CharField(max_length=10, blank=True)
    text = models.TextField(max_length=1000, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint("submission", "question", name="answer_once")]
        indexes = [models.Index(fields=["question", "choice"], name="answer_choice")]
