"""The back office's door: operators come in with the login they have, read every room, and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.http.request import QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext

from rushi.identity.models import StaffRole, User
from rushi.identity.queries import is_staff
from rushi.kernel.errors import NotAllowed

_NAMES: Mapping[str, str] = {
    "audit": "留痕与设置",
    "campaigns": "活动",
    "dispatch": "任务",
    "identity": "人与机构",
    "ledger": "账务",
    "payouts": "提现",
    "policy": "规则与审核",
    "verdicts": "审核结果",
    "Account": "账户",
    "Agent": "代理",
    "Appeal": "申诉",
    "Assignment": "任务",
    "BankFile": "付款文件",
    "Budget": "活动预算",
    "Campaign": "活动",
    "Consent": "同意记录",
    "Delivery": "交付确认",
    "Entry": "分录",
    "Event": "操作留痕",
    "Organisation": "机构",
    "Pace": "活动进度与提醒",
    "Participant": "参与者",
    "Payout": "提现",
    "Review": "审核意见",
    "Screening": "规则检查",
    "Setting": "设置",
    "StaffRole": "平台角色",
    "User": "用户",
    "Verdict": "审核结果",
}


class BackOffice(admin.AdminSite):
    """Django's admin, for holders of the operator role."""

    site_header = "如实 · 运营后台"
    site_title = "如实后台"
    index_title = "总览"

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        if not isinstance(user, User) or not user.is_active:
            return False
        return is_staff(user.pk, StaffRole.Role.OPERATOR)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The rooms and what is in them, by the names on pages."""
        rooms = super().get_app_list(request, app_label)
        for room in rooms:
            room["name"] = gettext(_NAMES.get(room["app_label"], room["name"]))
            for model in room["models"]:
                model["name"] = gettext(_NAMES.get(model["object_name"], model["name"]))
        return rooms

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send visitors to the one login page there is. Raises NotAllowed for people without the role."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise NotAllowed
        wanted = QueryDict(mutable=True)
        wanted["next"] = request.GET.get("next", "/admin/")
        return redirect(f"/login/?{wanted.urlencode()}")
