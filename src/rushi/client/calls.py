"""Everything the API can be asked, one method an operation. Money in fen, days as `datetime.date`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

from rushi.client import shapes
from rushi.client.transport import Transport

T = TypeVar("T")


class Rushi:
    """The API with one key. Use it as a context manager, or `close` it. Every write takes `key=` to be repeatable."""

    def __init__(self, key: str, *, base_url: str, **more: Any) -> None:
        self._call = Transport(key, base_url=base_url, **more)

    def __enter__(self) -> Rushi:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._call.close()

    # --- organisation and money -----------------------------------------------------------------------------

    def organisation(self) -> shapes.Organisation:
        """The organisation that the key is for."""
        return self._call.read(shapes.Organisation, "/organisation")

    def people(self) -> shapes.People:
        """Members and open invitations."""
        return self._call.read(shapes.People, "/organisation/people")

    def invite(self, phone: str, role: str, *, key: str | None = None) -> shapes.People:
        """Invite whoever holds a phone."""
        body = {"phone": phone, "role": role}
        return self._call.write(shapes.People, "POST", "/organisation/invitations", body, key=key)

    def cancel_invitation(self, invitation_id: str, *, key: str | None = None) -> shapes.People:
        """Take an invitation back."""
        return self._call.write(shapes.People, "DELETE", f"/organisation/invitations/{invitation_id}", key=key)

    def set_role(self, user_id: str, role: str, *, key: str | None = None) -> shapes.People:
        """Change what a member may do."""
        return self._call.write(shapes.People, "PUT", f"/organisation/members/{user_id}", {"role": role}, key=key)

    def remove_member(self, user_id: str, *, key: str | None = None) -> shapes.People:
        """Let a member go."""
        return self._call.write(shapes.People, "DELETE", f"/organisation/members/{user_id}", key=key)

    def submit_papers(
        self,
        *,
        name: str,
        credit_code: str,
        trade: str,
        licence: tuple[str, bytes] | None = None,
        key: str | None = None,
    ) -> shapes.Organisation:
        """Hand in the papers for the check; `licence` is a file's name and content."""
        more: dict[str, Any] = {"files": {"licence": licence}} if licence else {}
        fields = {"name": name, "credit_code": credit_code, "trade": trade}
        where = "/organisation/papers"
        return self._call.write(shapes.Organisation, "POST", where, key=key, data=fields, **more)

    def add_licence(
        self, *, kind: str, number: str, expires_on: dt.date, picture: tuple[str, bytes], key: str | None = None
    ) -> shapes.Licence:
        """Hand in a permit of the trade; `picture` is a file's name and content."""
        fields = {"kind": kind, "number": number, "expires_on": expires_on.isoformat()}
        files = {"picture": picture}
        where = "/organisation/licences"
        return self._call.write(shapes.Licence, "POST", where, key=key, data=fields, files=files)

    def rates(self) -> shapes.Rates:
        """Rates and the hourly floor."""
        return self._call.read(shapes.Rates, "/rates")

    def choices(self) -> shapes.Choices:
        """The closed lists."""
        return self._call.read(shapes.Choices, "/choices")

    def balance(self) -> shapes.Balance:
        """What is free."""
        return self._call.read(shapes.Balance, "/balance")

    def statement(self) -> Iterator[shapes.Line]:
        """Every movement of the balance, newest first."""
        return self._call.pages(shapes.Line, "/statement")

    def deposits(self) -> Iterator[shapes.Deposit]:
        """Top-ups, newest first."""
        return self._call.pages(shapes.Deposit, "/deposits")

    def deposit(self, deposit_id: str) -> shapes.Deposit:
        """One top-up."""
        return self._call.read(shapes.Deposit, f"/deposits/{deposit_id}")

    def request_deposit(self, amount_fen: int, *, key: str | None = None) -> shapes.Deposit:
        """Ask for a top-up; quote its reference in the transfer."""
        return self._call.write(shapes.Deposit, "POST", "/deposits", {"amount_fen": amount_fen}, key=key)

    # --- campaigns ------------------------------------------------------------------------------------------

    def campaigns(self, status: str | None = None) -> Iterator[shapes.Campaign]:
        """Campaigns, newest first."""
        return self._call.pages(shapes.Campaign, "/campaigns", status=status)

    def campaign(self, campaign_id: str) -> shapes.Campaign:
        """One campaign."""
        return self._call.read(shapes.Campaign, f"/campaigns/{campaign_id}")

    def create_campaign(self, *, kind: str, title: str, brief: str, key: str | None = None) -> shapes.Campaign:
        """A new draft."""
        return self._call.write(
            shapes.Campaign, "POST", "/campaigns", {"kind": kind, "title": title, "brief": brief}, key=key
        )

    def edit_campaign(
        self, campaign_id: str, *, title: str | None = None, brief: str | None = None, key: str | None = None
    ) -> shapes.Campaign:
        """Change title or brief."""
        body = {name: text for name, text in (("title", title), ("brief", brief)) if text is not None}
        return self._call.write(shapes.Campaign, "PATCH", f"/campaigns/{campaign_id}", body, key=key)

    def questions(self, campaign_id: str) -> shapes.Questions:
        """The questions, in order."""
        return self._call.read(shapes.Questions, f"/campaigns/{campaign_id}/questions")

    def set_questions(
        self, campaign_id: str, questions: Sequence[Mapping[str, Any]], *, key: str | None = None
    ) -> shapes.Questions:
        """Replace all questions."""
        body = {"questions": [dict(question) for question in questions]}
        return self._call.write(shapes.Questions, "PUT", f"/campaigns/{campaign_id}/questions", body, key=key)

    def set_audience(self, campaign_id: str, *, key: str | None = None, **lists: Sequence[str]) -> shapes.Campaign:
        """For whom: regions, age_bands, genders, interests, excluded_campaigns; nothing means everybody."""
        body = {name: list(values) for name, values in lists.items()}
        return self._call.write(shapes.Campaign, "PUT", f"/campaigns/{campaign_id}/audience", body, key=key)

    def set_price(
        self,
        campaign_id: str,
        *,
        reward_fen: int,
        places: int,
        auto_accept_days: int = 3,
        closes_on: dt.date | None = None,
        key: str | None = None,
    ) -> shapes.Campaign:
        """What a place pays, how many, and until when."""
        body = {"reward_fen": reward_fen, "places": places, "auto_accept_days": auto_accept_days}
        last_day = closes_on.isoformat() if closes_on else None
        return self._call.write(
            shapes.Campaign, "PUT", f"/campaigns/{campaign_id}/price", {**body, "closes_on": last_day}, key=key
        )

    def quote(self, reward_fen: int, places: int) -> shapes.Quote:
        """What a price would cost."""
        return self._call.write(shapes.Quote, "POST", "/quotes", {"reward_fen": reward_fen, "places": places})

    def cost(self, campaign_id: str) -> shapes.Cost:
        """What a campaign costs, against the balance."""
        return self._call.read(shapes.Cost, f"/campaigns/{campaign_id}/cost")

    def reach(self, campaign_id: str) -> shapes.Reach:
        """What the audience can give in a day."""
        return self._call.read(shapes.Reach, f"/campaigns/{campaign_id}/reach")

    def materials(self, campaign_id: str) -> shapes.Materials:
        """The clips."""
        return self._call.read(shapes.Materials, f"/campaigns/{campaign_id}/materials")

    def add_material(
        self, campaign_id: str, cut: str, name: str, content: bytes, *, key: str | None = None
    ) -> shapes.Material:
        """Upload a clip for a cut (`a`, or `b` of a comparison)."""
        files = {"file": (name, content)}
        return self._call.write(
            shapes.Material, "POST", f"/campaigns/{campaign_id}/materials/{cut}", key=key, files=files
        )

    def remove_material(self, campaign_id: str, cut: str, *, key: str | None = None) -> shapes.Materials:
        """Take a clip away."""
        return self._call.write(shapes.Materials, "DELETE", f"/campaigns/{campaign_id}/materials/{cut}", key=key)

    def check(self, campaign_id: str) -> shapes.Check:
        """What is missing, and what the rules find."""
        return self._call.read(shapes.Check, f"/campaigns/{campaign_id}/check")

    def submit(self, campaign_id: str, *, contest: str = "", key: str | None = None) -> shapes.Campaign:
        """Give it to the reviewers."""
        return self._step(shapes.Campaign, campaign_id, "submit", {"contest": contest}, key)

    def withdraw(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Take it back from the reviewers."""
        return self._step(shapes.Campaign, campaign_id, "withdraw", None, key)

    def fund(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Move the money into the campaign's budget."""
        return self._step(shapes.Campaign, campaign_id, "fund", None, key)

    def publish(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Open it."""
        return self._step(shapes.Campaign, campaign_id, "publish", None, key)

    def pause(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Stop new claims."""
        return self._step(shapes.Campaign, campaign_id, "pause", None, key)

    def resume(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Take claims again."""
        return self._step(shapes.Campaign, campaign_id, "resume", None, key)

    def grow(self, campaign_id: str, places: int, *, key: str | None = None) -> shapes.Campaign:
        """More places."""
        return self._step(shapes.Campaign, campaign_id, "grow", {"places": places}, key)

    def extend(self, campaign_id: str, closes_on: dt.date, *, key: str | None = None) -> shapes.Campaign:
        """A later last day."""
        return self._step(shapes.Campaign, campaign_id, "extend", {"closes_on": closes_on.isoformat()}, key)

    def close_campaign(self, campaign_id: str, *, key: str | None = None) -> shapes.Campaign:
        """Offer no more places."""
        return self._step(shapes.Campaign, campaign_id, "close", None, key)

    def pace(self, campaign_id: str) -> shapes.Pace:
        """How it gets on."""
        return self._call.read(shapes.Pace, f"/campaigns/{campaign_id}/pace")

    def history(self, campaign_id: str) -> shapes.History:
        """What happened to it."""
        return self._call.read(shapes.History, f"/campaigns/{campaign_id}/history")

    def delivery(self, campaign_id: str) -> shapes.Delivery:
        """The delivery as a whole."""
        return self._call.read(shapes.Delivery, f"/campaigns/{campaign_id}/delivery")

    def confirm_delivery(self, campaign_id: str, *, key: str | None = None) -> shapes.Delivery:
        """Confirm it."""
        return self._step(shapes.Delivery, campaign_id, "delivery/confirm", None, key)

    def dispute_delivery(self, campaign_id: str, reason: str, *, key: str | None = None) -> shapes.Delivery:
        """Have a sample re-examined."""
        return self._step(shapes.Delivery, campaign_id, "delivery/dispute", {"reason": reason}, key)

    def _step(self, shape: type[T], campaign_id: str, verb: str, body: Mapping[str, Any] | None, key: str | None) -> T:
        return self._call.write(shape, "POST", f"/campaigns/{campaign_id}/{verb}", body, key=key)

    # --- reports --------------------------------------------------------------------------------------------

    def report(self, campaign_id: str) -> shapes.Report:
        """The report now; opinions from ten accepted people on."""
        return self._call.read(shapes.Report, f"/campaigns/{campaign_id}/report")

    def comments(self, campaign_id: str) -> Iterator[shapes.Comment]:
        """Comments, newest first."""
        return self._call.pages(shapes.Comment, f"/campaigns/{campaign_id}/comments")

    def export(self, campaign_id: str, form: str = "csv") -> bytes:
        """The accepted submissions as a file (`csv` or `xlsx`)."""
        return self._call.read_bytes(f"/campaigns/{campaign_id}/submissions", form=form)

    # --- agents ---------------------------------------------------------------------------------------------

    def agent(self) -> shapes.Agent:
        """The agent, and recruits in aggregate."""
        return self._call.read(shapes.Agent, "/agent")

    def commission(self) -> shapes.Commission:
        """The agent's commission."""
        return self._call.read(shapes.Commission, "/agent/commission")

    def commission_statement(self) -> Iterator[shapes.Line]:
        """Every movement of the commission, newest first."""
        return self._call.pages(shapes.Line, "/agent/statement")

    # --- webhooks -------------------------------------------------------------------------------------------

    def webhooks(self) -> shapes.Webhooks:
        """All endpoints."""
        return self._call.read(shapes.Webhooks, "/webhooks")

    def webhook(self, webhook_id: str) -> shapes.Webhook:
        """One endpoint."""
        return self._call.read(shapes.Webhook, f"/webhooks/{webhook_id}")

    def add_webhook(
        self, *, url: str, events: Sequence[str], description: str = "", key: str | None = None
    ) -> shapes.Webhook:
        """Tell an address about events."""
        body = {"url": url, "events": list(events), "description": description}
        return self._call.write(shapes.Webhook, "POST", "/webhooks", body, key=key)

    def change_webhook(self, webhook_id: str, *, key: str | None = None, **changes: Any) -> shapes.Webhook:
        """Change url, events, description or is_active."""
        return self._call.write(shapes.Webhook, "PATCH", f"/webhooks/{webhook_id}", changes, key=key)

    def remove_webhook(self, webhook_id: str, *, key: str | None = None) -> None:
        """Stop for good."""
        self._call.write(shapes.Replay, "DELETE", f"/webhooks/{webhook_id}", key=key)

    def webhook_secret(self, webhook_id: str) -> str:
        """The secret that messages are signed with."""
        return self._call.read(shapes.Secret, f"/webhooks/{webhook_id}/secret")["secret"]

    def rotate_webhook_secret(self, webhook_id: str, *, key: str | None = None) -> shapes.Webhook:
        """Make a new secret; the old one signs along for a day."""
        return self._call.write(shapes.Webhook, "POST", f"/webhooks/{webhook_id}/rotate", key=key)

    def test_webhook(self, webhook_id: str, *, key: str | None = None) -> shapes.Replay:
        """Send a test message."""
        return self._call.write(shapes.Replay, "POST", f"/webhooks/{webhook_id}/test", key=key)

    def messages(self, webhook_id: str, status: str | None = None) -> Iterator[shapes.Sending]:
        """The log, newest first."""
        return self._call.pages(shapes.Sending, f"/webhooks/{webhook_id}/messages", status=status)

    def replay(self, webhook_id: str, message_id: str, *, key: str | None = None) -> shapes.Replay:
        """Send one message again."""
        return self._call.write(shapes.Replay, "POST", f"/webhooks/{webhook_id}/messages/{message_id}/replay", key=key)

    def replay_dead(self, webhook_id: str, *, key: str | None = None) -> shapes.Replay:
        """Send again all that were given up."""
        return self._call.write(shapes.Replay, "POST", f"/webhooks/{webhook_id}/replay", key=key)
