"""Pure decisions about campaigns: the state machine, price and reserve, time, questions, the digest of the content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from rushi.kernel.money import Money

CLIP_MS_MIN, CLIP_MS_MAX = 3_000, 300_000
CLIP_BYTES_MAX = 200 * 1024 * 1024
OPTIONS_MIN, OPTIONS_MAX = 2, 6
TEXT_CHARS_MAX, OPTION_CHARS_MAX = 200, 60
QUESTIONS_MAX = 20
PLACES_MAX = 1_000_000
REWARD_FEN_MAX = 10_000_000
# Time to read and answer one question, in seconds: generous against the reading speeds that verdicts checks with,
# because the hourly floor is counted on it and must hold for slow readers too.
ANSWER_SECONDS: Mapping[str, int] = {"reaction": 3, "preference": 5, "recall": 8, "single": 6, "text": 20}

# From which states each verb may be done, and where it leads.
TRANSITIONS: Mapping[str, tuple[frozenset[str], str]] = {
    "submit": (frozenset({"draft", "rejected"}), "in_review"),
    "withdraw": (frozenset({"in_review"}), "draft"),
    "approve": (frozenset({"in_review"}), "approved"),
    "reject": (frozenset({"in_review"}), "rejected"),
    "edit": (frozenset({"draft", "rejected", "approved"}), "draft"),
    "fund": (frozenset({"approved"}), "funded"),
    "publish": (frozenset({"funded"}), "live"),
    "pause": (frozenset({"live"}), "paused"),
    "resume": (frozenset({"paused"}), "live"),
    "close": (frozenset({"funded", "live", "paused"}), "closing"),
    "finish": (frozenset({"closing"}), "closed"),
}

# What programs are told each verb is (notices.rules.EVENTS).
EVENT_OF: Mapping[str, str] = {
    "submit": "campaign.submitted",
    "withdraw": "campaign.withdrawn",
    "approve": "campaign.approved",
    "reject": "campaign.rejected",
    "fund": "campaign.funded",
    "publish": "campaign.published",
    "pause": "campaign.paused",
    "resume": "campaign.resumed",
    "grow": "campaign.grown",
    "close": "campaign.closing",
    "finish": "campaign.closed",
}


@dataclass(frozen=True, slots=True)
class Rates:
    """The market's rates in force, in 1/10,000."""

    fee_bps: int
    commission_bps: int
    reserve_bps: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What a campaign costs, in fen; `unit` is one place at most, `total` is what funding moves into escrow."""

    reward_fen: int
    commission_fen_max: int
    fee_fen: int
    places: int
    reserve_fen: int

    @property
    def unit_fen(self) -> int:
        """Reward, maximum commission and fee of one place."""
        return self.reward_fen + self.commission_fen_max + self.fee_fen

    @property
    def subtotal_fen(self) -> int:
        """All places at their most."""
        return self.unit_fen * self.places

    @property
    def total_fen(self) -> int:
        """The places and the reserve."""
        return self.subtotal_fen + self.reserve_fen


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as an advertiser writes it; `right_option` counts from 0, for recall only."""

    kind: str
    text: str
    options: tuple[str, ...] = ()
    right_option: int | None = None
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class CampaignContent:
    """Everything that people would be shown or paid: what a reviewer approves, and nothing that changes later."""

    campaign_id: UUID
    organisation_name: str
    kind: str
    title: str
    brief: str
    questions: tuple[QuestionDraft, ...]
    material_names: tuple[str, ...]
    material_sha256: tuple[str, ...]
    reward_fen: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something missing or wrong before submission: the wizard's step, and a Chinese message id."""

    step: str
    message: str


def allows(verb: str, status: str) -> bool:
    """Whether a campaign in `status` can take `verb`."""
    return status in TRANSITIONS[verb][0]


def cuts(kind: str) -> tuple[str, ...]:
    """The cuts a kind needs: both for a comparison."""
    return ("a", "b") if kind == "compare" else ("a",)


def question_kinds(kind: str) -> tuple[str, ...]:
    """The kinds of question that a campaign of `kind` may ask."""
    return ("preference" if kind == "compare" else "reaction", "recall", "single", "text")


def opening_questions(kind: str) -> tuple[QuestionDraft, ...]:
    """What a new campaign begins with: its main question, a recall question to fill in, a free comment."""
    main = (
        QuestionDraft("preference", "哪一版更好？")
        if kind == "compare"
        else QuestionDraft("reaction", "看完之后，您的感受是？")
    )
    comment = QuestionDraft("text", "为什么？用自己的话说说。", is_required=False)
    return (main, QuestionDraft("recall", ""), comment)


def expected_seconds(clips_ms: Iterable[int], question_kinds: Iterable[str]) -> int:
    """How long the work takes: the clips in real time and the questions, in whole seconds, rounded up."""
    return -(-sum(clips_ms) // 1000) + sum(ANSWER_SECONDS[kind] for kind in question_kinds)


def suggested_reward_fen(seconds: int, floor_fen: int) -> int:
    """The least reward that keeps the hourly floor (`floor_fen` an hour) for `seconds` of work, rounded up to a fen."""
    return -(-seconds * floor_fen // 3600)


def hourly_fen(reward_fen: int, seconds: int) -> int:
    """What a reward comes to in an hour; 0 when no time is known."""
    return reward_fen * 3600 // seconds if seconds else 0


def quote(reward_fen: int, places: int, rates: Rates) -> Quote:
    """The cost of `places` at `reward_fen`: commission and fee rounded up to a fen (fee at least 1), reserve on all."""
    reward = Money(reward_fen)
    fee = max(1, reward.share_up(rates.fee_bps).fen) if rates.fee_bps else 0
    commission = reward.share_up(rates.commission_bps).fen
    subtotal = Money((reward_fen + commission + fee) * places)
    return Quote(reward_fen, commission, fee, places, subtotal.share_up(rates.reserve_bps).fen)


def question_faults(kind: str, questions: Sequence[QuestionDraft]) -> list[str]:
    """What is wrong with a list of questions, as Chinese message ids; empty when nothing is."""
    faults = []
    kinds = [question.kind for question in questions]
    main = question_kinds(kind)[0]
    if kinds.count(main) != 1:
        faults.append("需要并且只能有一道“哪一版更好”的题。" if kind == "compare" else "需要并且只能有一道“感受”题。")
    elif kinds[0] != main:
        faults.append("“哪一版更好”要放在第一题。" if kind == "compare" else "“感受”题要放在第一题。")
    if "recall" not in kinds:
        faults.append("至少要有一道记忆题。")
    if len(questions) > QUESTIONS_MAX:
        faults.append("问题太多，最多 20 道。")
    if any(value not in question_kinds(kind) for value in kinds):
        faults.append("有不适用于这类活动的问题。")
    for question in questions:
        faults += [fault for fault in faults_of(question) if fault not in faults]
    return faults


def faults_of(question: QuestionDraft) -> list[str]:
    """What is wrong with one question, as Chinese message ids; empty when nothing is."""
    faults = []
    if not question.text:
        faults.append("题目没有写。")
    if len(question.text) > TEXT_CHARS_MAX or any(len(option) > OPTION_CHARS_MAX for option in question.options):
        faults.append("题目最多 200 字，选项最多 60 字。")
    if question.kind in {"recall", "single"}:
        if not OPTIONS_MIN <= len(question.options) <= OPTIONS_MAX:
            faults.append("选择题需要 2 到 6 个选项。")
        if len(set(question.options)) != len(question.options):
            faults.append("有重复的选项。")
    right = question.right_option
    if question.kind == "recall" and (right is None or not 0 <= right < len(question.options)):
        faults.append("记忆题要点选一个正确答案。")
    return faults


def keepable_questions(kind: str, questions: Sequence[QuestionDraft]) -> list[QuestionDraft]:
    """Half-written questions cut to what can be stored: known kinds, lengths and counts; nothing is invented."""
    known = [question for question in questions if question.kind in question_kinds(kind)]
    return [
        replace(
            question,
            text=question.text[:TEXT_CHARS_MAX],
            options=tuple(option[:OPTION_CHARS_MAX] for option in question.options[:OPTIONS_MAX]),
        )
        for question in known[:QUESTIONS_MAX]
    ]


def stored_right_option(question: QuestionDraft) -> int | None:
    """The right option as kept: for recall one past the last option while none is chosen (a fault, never an answer)."""
    if question.kind != "recall":
        return None
    return len(question.options) if question.right_option is None else question.right_option


def content_digest(content: CampaignContent) -> str:
    """SHA-256 (hex) of the content in canonical JSON: what a reviewer approves and publication must equal."""
    plain: dict[str, Any] = asdict(content) | {"campaign_id": str(content.campaign_id)}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
