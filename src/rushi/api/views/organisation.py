"""The organisation that the key is for, its money, and the market's closed lists and rates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import JsonResponse
from django.utils.translation import gettext
from ninja import Router

from rushi.api.keys import ApiRequest, needs, organisation
from rushi.api.paging import LIMIT, Cursor, Limit, pack, pack_moment, unpack, unpack_moment
from rushi.api.schemas.base import Page
from rushi.api.schemas.bodies import (
    BalanceOut,
    ChoicesOut,
    DepositAsked,
    DepositOut,
    LineOut,
    OrganisationOut,
    RatesOut,
)
from rushi.api.writing import IdempotencyKey, once
from rushi.audit.queries import setting
from rushi.campaigns.models import Question
from rushi.identity.models import AgeBand, Gender, Organisation
from rushi.identity.queries import publication_obstacle
from rushi.identity.rules import INTERESTS, REGIONS
from rushi.kernel.errors import Invalid
from rushi.ledger import actions as ledger_actions
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind

router = Router()


@router.get("/organisation", **needs("organisation:read", "本机构", OrganisationOut), tags=["organisation"])
def get_organisation(request: ApiRequest) -> dict[str, Any]:
    """The organisation, and whether it may publish."""
    return shown_organisation(organisation(request))


def shown_organisation(found: Organisation) -> dict[str, Any]:
    """An organisation as the API tells it."""
    names = ("id", "name", "status", "status_reason", "trade")
    obstacle = publication_obstacle(found.pk)
    said = {"status_reason": gettext(found.status_reason) if found.status_reason else ""}
    return {
        **{name: getattr(found, name) for name in names},
        **said,
        "publication_obstacle": gettext(obstacle) if obstacle else "",
    }


@router.get("/rates", **needs("organisation:read", "费率与最低时薪", RatesOut), tags=["organisation"])
def get_rates(request: ApiRequest) -> dict[str, Any]:
    """The rates in force now."""
    organisation(request)
    return {name: setting(name) for name in RatesOut.model_fields}


@router.get("/choices", **needs("organisation:read", "可选项", ChoicesOut), tags=["organisation"])
def get_choices(request: ApiRequest) -> dict[str, Any]:
    """The closed lists of audiences and questions, with names in the language asked for."""
    organisation(request)
    lists: dict[str, Any] = {
        "regions": REGIONS,
        "age_bands": dict(AgeBand.choices),
        "genders": {value: label for value, label in Gender.choices if value},
        "interests": INTERESTS,
        "question_kinds": dict(Question.Kind.choices),
    }
    return {name: {key: gettext(str(label)) for key, label in known.items()} for name, known in lists.items()}


@router.get("/balance", **needs("money:read", "余额", BalanceOut), tags=["money"])
def get_balance(request: ApiRequest) -> dict[str, Any]:
    """What is free to be put into campaigns."""
    return {"balance_fen": ledger.balance_fen(AccountKind.ADVERTISER, organisation(request).pk)}


@router.get("/statement", **needs("money:read", "收支明细", Page[LineOut]), tags=["money"])
def list_statement(request: ApiRequest, cursor: Cursor = "", limit: Limit = LIMIT) -> dict[str, Any]:
    """Every movement of the balance, newest first."""
    return statement_page(AccountKind.ADVERTISER, organisation(request).pk, cursor, limit)


def statement_page(kind: str, owner_id: UUID, cursor: str, limit: int) -> dict[str, Any]:
    """A page of an owner's statement."""
    before = unpack(cursor) if cursor else None
    if before and ledger.parse_cursor(before)[0] is None:
        raise Invalid(field="cursor")
    lines = ledger.statement(kind, owner_id, before=before, limit=limit + 1)
    more = len(lines) > limit
    return {"items": lines[:limit], "next_cursor": pack(lines[limit - 1].cursor) if more else None}


@router.get("/deposits", **needs("money:read", "充值记录", Page[DepositOut]), tags=["money"])
def list_deposits(request: ApiRequest, cursor: Cursor = "", limit: Limit = LIMIT) -> dict[str, Any]:
    """Top-ups, newest first."""
    rows = ledger.deposits_before(organisation(request).pk, unpack_moment(cursor), limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return {"items": rows[:limit], "next_cursor": last and pack_moment(last.requested_at, last.pk)}


@router.post("/deposits", **needs("money:write", "登记充值", DepositOut, 201), tags=["money"])
def request_deposit(request: ApiRequest, body: DepositAsked, idempotency_key: IdempotencyKey) -> JsonResponse:
    """Say that money will be sent; the answer carries the reference to quote in the transfer."""
    owner = organisation(request, "editor")

    def run() -> DepositOut:
        made = ledger_actions.request_deposit(
            actor_id=request.auth.user.pk, owner_id=owner.pk, amount_fen=body.amount_fen, key=idempotency_key
        )
        return DepositOut.from_orm(made)

    return once(request, idempotency_key, run, body, status=201)


@router.get("/deposits/{deposit_id}", **needs("money:read", "一笔充值", DepositOut), tags=["money"])
def get_deposit(request: ApiRequest, deposit_id: UUID) -> Any:
    """One top-up."""
    return ledger.access_own_deposit(organisation(request).pk, deposit_id)
