"""People and desks at work through a door that may fall shut at any moment, and a journal of what they were told.

Whoever gets no answer asks again with the same key until there is one, as a real client would. To use it:

    stage = staging.prepare(people=60, live=10, waiting=4)      # in the database that is to be tried
    with Journal(path, stage.as_json()) as journal:
        tally = pressing.press(ActionDoor(), stage, journal, seconds=60)        # or SiteDoor(base_url)
    findings = auditing.verify(path)                            # nothing lost, nothing twice; see `auditing`

`press` survives a primary that is killed and an outage of `patience_s`; an act unanswered for longer is given up,
counted as `unresolved`, and a finding.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from rushi.market.doors import Door
from rushi.market.journal import Act, Answer, Journal, Unanswered
from rushi.market.staging import REWARD_FEN, Stage, Task

READING_S = 1.3
"""Reading and answering the stage's two short questions takes longer than this for nobody to be too fast."""
RETURNED_SHARE, CARELESS_SHARE, WITHDRAWN_SHARE = 0.06, 0.08, 0.5
BUGS_KEPT = 20
OUTAGE_S = 1.0
T = TypeVar("T")


class GivenUp(Exception):
    """No answer within the patience, or the time is over."""


@dataclass(slots=True)
class Tally:
    """What happened to the acts: answered ones by verb, tries, and when (s from the start, s) nobody got an answer."""

    acknowledged: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    unresolved: int = 0
    outages: list[tuple[float, float]] = field(default_factory=list)
    bugs: list[str] = field(default_factory=list)

    @property
    def longest_outage_s(self) -> float:
        """The longest time in which nobody got an answer, from OUTAGE_S on."""
        return max((length for _, length in self.outages), default=0.0)


class Press:
    """The shared state of one run: door, journal, tally, and the queues between people and desks."""

    def __init__(self, door: Door, stage: Stage, journal: Journal, seconds: float, patience_s: float) -> None:
        self.door, self.stage, self.journal, self.patience_s = door, stage, journal, patience_s
        self.tally, self.ends_at = Tally(), time.monotonic() + seconds
        self.lock = threading.Lock()
        self.live: list[Task] = list(stage.live)
        self.doubtful: deque[tuple[str, str]] = deque()
        self.rejected: deque[tuple[str, str]] = deque()
        self.began_at = self.answered_at = time.monotonic()
        self.numbers = itertools.count(1)

    @property
    def is_over(self) -> bool:
        """Whether nothing new should be begun."""
        return time.monotonic() >= self.ends_at

    def act(self, verb: str, actor: str, about: Mapping[str, Any], token: str = "") -> Answer:
        """Write down, send until answered, write down what was answered. Raises GivenUp."""
        act = Act(verb, actor, f"{verb}-{next(self.numbers)}", about, token)
        number = self.journal.intend(act)
        tries, answer = self._until_answered(lambda: self.door.do(act))
        self.journal.acknowledge(number, answer, tries)
        with self.lock:
            kind = self.tally.acknowledged if answer.is_done else self.tally.refused
            kind[verb if answer.is_done else f"{verb}:{answer.code}"] += 1
        return answer

    def ask(self, what: str, actor: str, about: Mapping[str, Any]) -> Any:
        """Read until answered. Raises GivenUp."""
        return self._until_answered(lambda: self.door.ask(what, actor, about))[1]

    def _until_answered(self, send: Callable[[], T]) -> tuple[int, T]:
        began = time.monotonic()
        for tries in itertools.count(1):
            try:
                answer = send()
            except Unanswered as silence:
                self._note(silence)
                if time.monotonic() - began > self.patience_s:
                    with self.lock:
                        self.tally.unresolved += 1
                    raise GivenUp from silence
                time.sleep(random.uniform(0.3, 1.0) * min(1.0, 0.1 * 2**tries))
            else:
                self._answered(tries)
                return tries, answer
        raise AssertionError("unreachable")

    def _answered(self, tries: int) -> None:
        with self.lock:
            now = time.monotonic()
            if now - self.answered_at >= OUTAGE_S:
                self.tally.outages.append((self.answered_at - self.began_at, now - self.answered_at))
            self.tally.retried += tries > 1
            self.answered_at = now

    def _note(self, silence: Unanswered) -> None:
        with self.lock:
            self.tally.unanswered[silence.kind] += 1
            if silence.is_fault_of_ours and len(self.tally.bugs) < BUGS_KEPT:
                self.tally.bugs.append(str(silence))


def press(
    door: Door,
    stage: Stage,
    journal: Journal,
    *,
    seconds: float,
    threads: int = 12,
    patience_s: float = 90.0,
    seed: int = 1,
) -> Tally:
    """Let `threads` people at a time and three desks act for `seconds`, then wait for the last answers.

    `patience_s`: how long one act is tried again before it is given up. Raises whatever a thread died of.
    """
    press_ = Press(door, stage, journal, seconds, patience_s)
    died: list[BaseException] = []
    turns: list[Callable[[], None]] = [
        lambda part=part: _people(press_, stage.people[part::threads], random.Random(f"{seed}:{part}"))  # type: ignore[misc]
        for part in range(threads)
    ]
    for number, desk in enumerate((_reviewers, _advertiser, _finance)):
        turns.append(lambda desk=desk, number=number: desk(press_, random.Random(f"{seed}:desk:{number}")))  # type: ignore[misc]

    def run(turn: Callable[[], None]) -> None:
        try:
            turn()
        except GivenUp:
            return
        except BaseException as error:  # told to the caller below
            died.append(error)

    running = [threading.Thread(target=run, args=(turn,), name=f"press-{n}") for n, turn in enumerate(turns)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if died:
        raise died[0]
    return press_.tally


# --- people ---------------------------------------------------------------------------------------------------


def _people(press: Press, people: tuple[str, ...], draw: random.Random) -> None:
    """One thread's people take turns; each does every task once."""
    seen: dict[str, set[str]] = {person: set() for person in people}
    earned: Counter[str] = Counter()
    while not press.is_over and people:
        person = draw.choice(people)
        todo = [task for task in press.live if task.campaign not in seen[person]]
        if not todo:
            time.sleep(0.2)
            continue
        task = draw.choice(todo)
        seen[person].add(task.campaign)
        claimed = press.act("claim", person, {"campaign": task.campaign})
        if not claimed.is_done:
            continue
        if _work(press, person, task, claimed.facts["assignment"], draw):
            earned[person] += REWARD_FEN
        if earned[person] and draw.random() < WITHDRAWN_SHARE:
            _withdraw(press, person, earned[person])
            earned[person] = 0


def _work(press: Press, person: str, task: Task, assignment: str, draw: random.Random) -> bool:
    """Watch and hand in, or give back; whether it was handed in with everything right."""
    about = {"assignment": assignment}
    if draw.random() < RETURNED_SHARE:
        press.act("give_back", person, about)
        return False
    token = _watched(press, person, task, assignment)
    if token is None:
        press.act("give_back", person, about)
        return False
    time.sleep(READING_S)
    is_careless = draw.random() < CARELESS_SHARE
    answers = {task.opinion: draw.choice(("like", "neutral", "dislike")), task.recall: "1" if is_careless else "0"}
    handed_in = press.act("submit", person, {**about, "answers": answers}, token)
    if handed_in.is_done and is_careless:
        press.doubtful.append((assignment, person))
    return handed_in.is_done and not is_careless


def _watched(press: Press, person: str, task: Task, assignment: str) -> str | None:
    """The token of a whole watch; begun again when time jumped under it, None when it did not work out."""
    for _ in range(4):
        begun = press.act("start", person, {"assignment": assignment})
        if not begun.is_done:
            return None
        time.sleep(task.clip_ms / 2000)
        half = {"assignment": assignment, "position_ms": task.clip_ms // 2, "seq": 1}
        left = press.act("look", person, half, begun.token)
        time.sleep(task.clip_ms / 2000 + 0.05)
        whole = {"assignment": assignment, "position_ms": task.clip_ms, "seq": 2}
        seen = press.act("beat", person, whole, left.token) if left.is_done else left
        if seen.is_done and seen.facts["may_hand_in"]:
            return seen.token
    return None


def _withdraw(press: Press, person: str, fen: int) -> None:
    about = {"amount_fen": fen, "card": press.stage.cards[person]}
    net_fen = press.ask("net_fen", person, about)
    if net_fen is not None:  # None: the page says that there is not so much to take out yet
        press.act("withdraw", person, {**about, "net_fen": net_fen})


# --- desks ----------------------------------------------------------------------------------------------------


def _reviewers(press: Press, draw: random.Random) -> None:
    """Judge what careless people handed in; they appeal, a second reviewer decides."""
    first, second = press.stage.reviewers
    reason = "记忆题的答案与片中内容不符，这道题用来确认视频是否看过，请看完再作答。"
    while not press.is_over:
        if not press.doubtful:
            time.sleep(0.1)
            continue
        assignment, person = press.doubtful.popleft()
        about = {"assignment": assignment}
        if draw.random() < 0.4:
            press.act("accept", first, about)
            continue
        rejected = press.act("reject", first, {**about, "code": "recall", "reason": reason})
        if not rejected.is_done or draw.random() < 0.3:
            continue
        if press.act("appeal", person, {**about, "text": "我确实看完了，请再核对一下记录。"}).is_done:
            note = "观看记录完整，参与者的说明可信，按规则处理，请以此为准。"
            press.act("decide", second, {**about, "overturn": draw.random() < 0.5, "note": note})


def _advertiser(press: Press, draw: random.Random) -> None:
    """Ask for deposits, fund and publish what waits, grow places, close what ran."""
    owner, waiting = press.stage.owner, deque(press.stage.waiting)
    grown: Counter[str] = Counter()
    pause = max(0.5, (press.ends_at - time.monotonic()) / (4 * (len(waiting) + 2)))
    while not press.is_over:
        about = {"organisation": press.stage.organisation, "amount_fen": 100_000 + next(press.numbers)}
        press.act("deposit", owner, about)
        time.sleep(pause)
        if waiting:
            task = waiting.popleft()
            _open(press, owner, task)
        if len(press.live) > 4 and draw.random() < 0.3:
            gone = press.live.pop(draw.randrange(len(press.live)))
            press.act("close", owner, {"campaign": gone.campaign})
        time.sleep(pause)
        task = draw.choice(press.live)
        grown[task.campaign] += 1
        places = len(press.stage.people) + 10 * grown[task.campaign]
        press.act("grow", owner, {"campaign": task.campaign, "places": places})
        time.sleep(pause)


def _open(press: Press, owner: str, task: Task) -> None:
    about = {"campaign": task.campaign}
    if press.act("fund", owner, about).is_done and press.act("publish", owner, about).is_done:
        press.live.append(task)


def _finance(press: Press, draw: random.Random) -> None:
    """Confirm deposits, put payouts into bank files, release them by a second person."""
    first, second = press.stage.finance
    while not press.is_over:
        time.sleep(draw.uniform(0.5, 2.0))
        for deposit in press.ask("deposits", first, {})[:2]:
            press.act("confirm", first, {"deposit": str(UUID(deposit))})
        if draw.random() < 0.3:
            made = press.act("file", first, {})
            if made.is_done:
                press.act("release", second, {"file": made.facts["file"]})
