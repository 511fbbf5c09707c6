"""What a person did. Facts (Submission) and opinions (Answers) are separate tables: judging reads only facts.

Every table is partitioned by Shanghai day through the assignment's id (a UUIDv7 of the claim) and carries no foreign
key in the database: `evidence_hand_in_v1` joins what must exist, the invariants look behind it. `Submission`,
`Answers` and `FreeLook` are kept; checkpoints, drafts and `Attention` are dropped day by day (retention).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from rushi.dispatch.models import Assignment


class Checkpoint(models.Model):
    """The state of a watch every 30 s: what survives when a phone dies, and what a reviewer can follow.

    `slot` is the server's time in steps of three seconds: however often somebody replays a token, no more rows.
    """

    pk = models.CompositePrimaryKey("assignment_id", "slot")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="checkpoints", db_constraint=False, db_index=False
    )
    slot = models.PositiveIntegerField()
    nonce = models.UUIDField()
    at = models.DateTimeField()
    covered_ms = models.PositiveIntegerField()
    hidden_ms = models.PositiveIntegerField()
    refused_ms = models.PositiveIntegerField()
    state = models.JSONField()


class FreeLook(models.Model):
    """Phase one of a cut: where the person swiped on (or the end). Gives the retention curve, never touches pay."""

    pk = models.CompositePrimaryKey("assignment_id", "cut")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.CASCADE, related_name="free_looks", db_constraint=False, db_index=False
    )
    cut = models.CharField(max_length=1)
    left_at_ms = models.PositiveIntegerField()
    duration_ms = models.PositiveIntegerField()


class Draft(models.Model):
    """Answers not yet handed in, kept when the connection drops."""

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, primary_key=True, related_name="draft", db_constraint=False
    )
    answers = models.JSONField(default=dict)
    saved_at = models.DateTimeField()


class Submission(models.Model):
    """What was handed in, as facts: attention, recall, time. No opinion is in this table.

    `first_cut` is the cut that was met first.
    """

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="submission", db_constraint=False
    )
    submitted_at = models.DateTimeField()
    active_from = models.DateTimeField()
    active_to = models.DateTimeField()
    watched_ms = models.PositiveIntegerField()
    hidden_ms = models.PositiveIntegerField(default=0)
    refused_ms = models.PositiveIntegerField(default=0)
    overlap_ms = models.PositiveIntegerField(default=0)
    answer_ms = models.PositiveIntegerField()
    coverage_bps = models.PositiveSmallIntegerField()
    item_count = models.PositiveSmallIntegerField()
    recall_asked = models.PositiveSmallIntegerField()
    recall_right = models.PositiveSmallIntegerField()
    first_cut = models.CharField(max_length=1, default="a")


class Attention(models.Model):
    """The bulky part of what was watched: kept while anybody may still ask how a fact came about, then dropped.

    Its one index begins with the person, because every hand-in asks for what else the person watched just then.
    `segments` are the stretches of server time in which playback was credited (low, high, low, high, … in ms since
    the epoch); `watched` is `{"unfocused_ms": …, "cuts": {name: [[low, high], …]}}` in ms of each clip.
    """

    pk = models.CompositePrimaryKey("participant_id", "active_to", "assignment_id")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    participant_id = models.UUIDField()
    active_from = models.DateTimeField()
    active_to = models.DateTimeField()
    segments = ArrayField(models.BigIntegerField(), default=list)
    watched = models.JSONField(default=dict)


class Answers(models.Model):
    """All that somebody honestly said of one piece of work. Read by reports only; nothing that decides ever reads it.

    Answer n is to `questions[n]`: `choices[n]`, or `texts[n]` where words were asked for; `texts` is empty when
    nobody wrote any. Who wrote words is indexed by campaign in the order of claims, for the page of comments.
    """

    assignment = models.OneToOneField(
        Assignment, on_delete=models.PROTECT, primary_key=True, related_name="answers", db_constraint=False
    )
    campaign_id = models.UUIDField()
    questions = ArrayField(models.UUIDField())
    choices = ArrayField(models.TextField())
    texts = ArrayField(models.TextField(), default=list)

    class Meta:
        indexes = [
            models.Index(
                fields=["campaign_id", "assignment"], condition=models.Q(texts__len__gt=0), name="answers_in_words"
            )
        ]


class Tally(models.Model):
    """How often something was said or done in a campaign, over accepted work that was folded in: a report's numbers.

    `topic` says what `subject` and `key` are: choice (question, answer), region | age_band | gender (segment, answer to
    the main question), first (cut met first, preference), look (cut, second it was left in or `end`), duration (cut,
    ms), seconds (nothing, whole seconds of work), rejected (nothing, code). Nobody is in here, and nothing that decides
    about work or offers reads it.
    """

    pk = models.CompositePrimaryKey("campaign_id", "topic", "subject", "key")
    campaign_id = models.UUIDField()
    topic = models.CharField(max_length=10)
    subject = models.CharField(max_length=36)
    key = models.CharField(max_length=20)
    n = models.BigIntegerField()


class Untallied(models.Model):
    """Accepted work that no tally holds yet: a row a call and campaign, written with verdicts, folded in later.

    A report adds tally and untallied in one statement, so that it is exact at every moment. `first_id` is the least of
    `assignment_ids`.
    """

    pk = models.CompositePrimaryKey("campaign_id", "first_id")
    campaign_id = models.UUIDField()
    first_id = models.UUIDField()
    assignment_ids = ArrayField(models.UUIDField())
