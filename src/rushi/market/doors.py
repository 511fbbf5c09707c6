"""The door of actions: a journal's acts done in this process, straight on a database. `browsing` is the other door."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import psycopg
from django.db import DataError, IntegrityError, InterfaceError, ProgrammingError, connection
from django.db.utils import Error as DatabaseFault

from rushi.campaigns import actions as campaigns
from rushi.dispatch import actions as dispatch
from rushi.evidence import actions as evidence
from rushi.evidence.attention import Report
from rushi.kernel.errors import RushiError
from rushi.ledger import actions as ledger
from rushi.ledger import queries as books
from rushi.market.journal import Act, Answer, Unanswered
from rushi.payouts import actions as payouts
from rushi.payouts import queries as payable
from rushi.verdicts import actions as verdicts

Facts = Mapping[str, Any]


class Door(Protocol):
    """A way into the market. Both methods raise Unanswered when nothing is known about what happened."""

    def do(self, act: Act) -> Answer:
        """Do it once; a refusal is an answer."""
        ...

    def ask(self, what: str, actor: str, about: Facts) -> Any:
        """Read: `net_fen` of a withdrawal, or the ids of `deposits` that wait for finance."""
        ...


class ActionDoor:
    """Calls the actions in this process; one instance may be shared by threads, Django keeps a connection for each.

    A connection that broke is thrown away, so the next try makes a new one, to whichever server answers by then.
    """

    def do(self, act: Act) -> Answer:
        """Run the verb's action; RushiError is a refusal, trouble with the database is Unanswered."""
        with _answering():
            try:
                facts = dict(_VERBS[act.verb](act))
            except RushiError as refusal:
                return Answer(is_done=False, code=refusal.code)
        return Answer(is_done=True, token=facts.pop("token", ""), facts=facts)

    def ask(self, what: str, actor: str, about: Facts) -> Any:
        """Read what a page would show."""
        with _answering():
            if what == "net_fen":
                return payable.quote_payout(UUID(actor), about["amount_fen"]).net_fen
            return [str(one.pk) for one in books.deposits(status="awaiting")[:10]]


@contextlib.contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (DatabaseFault, psycopg.Error) as error:
        # Away, starting, read-only after a failover, out of disk: nothing is known. A broken constraint is our bug.
        ours = isinstance(error, IntegrityError | DataError | ProgrammingError)
        raise Unanswered(type(error).__name__, str(error)[:200], is_fault_of_ours=ours) from error
    finally:
        if not connection.in_atomic_block:
            with contextlib.suppress(DatabaseFault, InterfaceError, psycopg.Error):
                connection.close_if_unusable_or_obsolete()


def _claim(act: Act) -> Facts:
    made = dispatch.claim(actor_id=UUID(act.actor), campaign_id=UUID(act.about["campaign"]), key=act.key)
    return {"assignment": str(made.pk)}


def _start(act: Act) -> Facts:
    beat = evidence.start_watch(actor_id=UUID(act.actor), assignment_id=_assignment(act))
    return {"token": beat.token}


def _look(act: Act) -> Facts:
    return {"token": evidence.leave_free_look(token=act.token, reports=_reports(act), cut="a").token}


def _beat(act: Act) -> Facts:
    beat = evidence.heartbeat(token=act.token, reports=_reports(act))
    return {"token": beat.token, "may_hand_in": beat.state.may_hand_in}


def _reports(act: Act) -> Sequence[Report]:
    return [Report("a", act.about["position_ms"], act.about["seq"])]


def _submit(act: Act) -> Facts:
    answers = act.about["answers"]
    verdicts.hand_in(actor_id=UUID(act.actor), assignment_id=_assignment(act), token=act.token, answers=answers)
    return {}


def _give_back(act: Act) -> Facts:
    dispatch.return_assignment(actor_id=UUID(act.actor), assignment_id=_assignment(act))
    return {}


def _withdraw(act: Act) -> Facts:
    made = payouts.request_payout(
        actor_id=UUID(act.actor),
        source="participant",
        owner_id=UUID(act.actor),
        bank_account_id=UUID(act.about["card"]),
        amount_fen=act.about["amount_fen"],
        net_fen_shown=act.about["net_fen"],
        key=act.key,
    )
    return {"payout": str(made.pk)}


def _assignment(act: Act) -> UUID:
    return UUID(act.about["assignment"])


def _accept(act: Act) -> Facts:
    verdicts.accept(actor_id=UUID(act.actor), assignment_id=_assignment(act))
    return {}


def _reject(act: Act) -> Facts:
    code, reason = act.about["code"], act.about["reason"]
    verdicts.reject(actor_id=UUID(act.actor), assignment_id=_assignment(act), code=code, reason=reason)
    return {}


def _appeal(act: Act) -> Facts:
    verdicts.appeal(actor_id=UUID(act.actor), assignment_id=_assignment(act), text=act.about["text"])
    return {}


def _decide(act: Act) -> Facts:
    overturn, note = act.about["overturn"], act.about["note"]
    verdicts.decide_appeal(actor_id=UUID(act.actor), assignment_id=_assignment(act), overturn=overturn, note=note)
    return {}


def _deposit(act: Act) -> Facts:
    owner, fen = UUID(act.about["organisation"]), act.about["amount_fen"]
    ledger.request_deposit(actor_id=UUID(act.actor), owner_id=owner, amount_fen=fen, key=act.key)
    return {}


def _confirm(act: Act) -> Facts:
    payouts.confirm_deposit(actor_id=UUID(act.actor), deposit_id=UUID(act.about["deposit"]), key=act.key)
    return {}


def _campaign(run: Callable[..., object], **more: str) -> Callable[[Act], Facts]:
    """An act on a campaign; `more` names what else the action takes, by where the act has it."""

    def done(act: Act) -> Facts:
        extra = {name: act.key if name == "key" else act.about[source] for name, source in more.items()}
        run(actor_id=UUID(act.actor), campaign_id=UUID(act.about["campaign"]), **extra)
        return {}

    return done


def _file(act: Act) -> Facts:
    return {"file": str(payouts.make_bank_file(actor_id=UUID(act.actor), key=act.key).pk)}


def _release(act: Act) -> Facts:
    payouts.release_bank_file(actor_id=UUID(act.actor), file_id=UUID(act.about["file"]))
    return {}


_VERBS: Mapping[str, Callable[[Act], Facts]] = {
    "claim": _claim,
    "start": _start,
    "look": _look,
    "beat": _beat,
    "submit": _submit,
    "give_back": _give_back,
    "withdraw": _withdraw,
    "accept": _accept,
    "reject": _reject,
    "appeal": _appeal,
    "decide": _decide,
    "deposit": _deposit,
    "confirm": _confirm,
    "fund": _campaign(campaigns.fund, key="key"),
    "publish": _campaign(campaigns.publish),
    "grow": _campaign(campaigns.grow_places, key="key", places="places"),
    "close": _campaign(campaigns.close),
    "file": _file,
    "release": _release,
}
