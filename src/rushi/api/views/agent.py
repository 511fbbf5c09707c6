"""An agent's recruits in aggregate, and the commission."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import reverse
from ninja import Router

from rushi.api.keys import ApiRequest, agent, needs
from rushi.api.paging import LIMIT, Cursor, Limit
from rushi.api.schemas.base import Page
from rushi.api.schemas.bodies import AgentOut, CommissionOut, LineOut
from rushi.api.views.organisation import statement_page
from rushi.dispatch import queries as dispatch
from rushi.identity import queries
from rushi.kernel import clock
from rushi.ledger import queries as ledger
from rushi.ledger.models import AccountKind

router = Router(tags=["agent"])


@router.get("/agent", **needs("recruits:read", "代理与被邀请人汇总", AgentOut))
def get_agent(request: ApiRequest) -> dict[str, Any]:
    """How the recruits are doing, all together."""
    found, now = agent(request), clock.now()
    recruits = queries.recruits(found.pk, now)
    return {
        **{name: getattr(found, name) for name in ("id", "name", "code", "status", "joined_at")},
        "invite_url": settings.PUBLIC_URL + reverse("invitation", args=[found.code]),
        "recruits_count": recruits.count,
        "joined_30_days_count": recruits.joined_30_days_count,
        "verified_count": recruits.verified_count,
        "earning_count": len(recruits.earning_ids),
        "last_7_days": dispatch.recruits_work(found.pk, now - dt.timedelta(days=7)),
        "last_30_days": dispatch.recruits_work(found.pk, now - dt.timedelta(days=30)),
    }


@router.get("/agent/commission", **needs("commission:read", "服务费余额", CommissionOut))
def get_commission(request: ApiRequest) -> dict[str, Any]:
    """What can be withdrawn, and what was ever earned."""
    owner_id = agent(request).pk
    return {
        "balance_fen": ledger.balance_fen(AccountKind.AGENT_AVAILABLE, owner_id),
        "earned_fen": ledger.earned_fen(AccountKind.AGENT_AVAILABLE, owner_id),
    }


@router.get("/agent/statement", **needs("commission:read", "服务费明细", Page[LineOut]))
def list_commission(request: ApiRequest, cursor: Cursor = "", limit: Limit = LIMIT) -> dict[str, Any]:
    """Every movement of the commission, newest first."""
    return statement_page(AccountKind.AGENT_AVAILABLE, agent(request).pk, cursor, limit)
