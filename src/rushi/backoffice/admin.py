"""Django's admin for what has no desk of its own: read for operators, write only where an action is not needed.

Money, claims, evidence and verdicts are never written here: they change through actions. Personal data is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from rushi.audit import actions
from rushi.audit import models as audit
from rushi.backoffice.forms import SettingForm
from rushi.campaigns import models as campaigns
from rushi.dispatch import models as dispatch
from rushi.identity import assurance
from rushi.identity import models as identity
from rushi.ledger import models as ledger
from rushi.payouts import models as payouts
from rushi.policy import models as policy
from rushi.verdicts import models as verdicts

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin


def _in_yuan(model: type[Model], name: str) -> Callable[[Any], str]:
    """A column or line that shows the amount `name` (fen) as yuan with two decimals."""

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)  # type: ignore[union-attr]
    def column(row: Any) -> str:
        fen = getattr(row, name)
        return "—" if fen is None else f"{'-' if fen < 0 else ''}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"

    return column


class ReadOnly(_ModelAdmin):
    """Seen, never changed: pages of 50, no counting of huge tables."""

    list_per_page = 50
    show_full_result_count = False
    hidden: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return admin.site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.hidden

    def get_list_display(self, request: HttpRequest) -> Any:
        return self._with_yuan(super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self._with_yuan(super().get_fields(request, obj))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Say which row it is by its own words, or by its id where it has none."""
        row = context["original"]
        if row is not None:
            has_words = any(
                "__str__" in vars(kind) for kind in type(row).__mro__ if kind.__module__.startswith("rushi.")
            )
            context["subtitle"] = str(row) if has_words else str(row.pk)
        return super().render_change_form(request, context, *args, **kwargs)

    def _with_yuan(self, names: Sequence[Any]) -> Sequence[Any]:
        return [_in_yuan(self.model, name) if isinstance(name, str) and "_fen" in name else name for name in names]


@admin.register(identity.User)
class UserAdmin(ReadOnly):
    """People, without phone numbers or passwords."""

    list_display = ("id", "nickname", "language", "is_active", "is_staff", "joined_at", "erased_at")
    list_filter = ("is_active", "is_staff", "language")
    search_fields = ("id", "nickname")
    hidden = ("phone", "password", "groups", "user_permissions")
    readonly_fields = ("keys",)

    @admin.display(description="第二步验证")
    def keys(self, person: identity.User) -> str:
        """The way to clear the factors of somebody who lost them."""
        return format_html('<a href="/operator/people/{}/factors/">{}</a>', person.pk, gettext("查看或清除"))


@admin.register(identity.Participant)
class ParticipantAdmin(ReadOnly):
    """Participants and their standing; standing changes at the review desk, with a reason."""

    list_display = ("user", "standing", "region", "age_band", "gender", "agent", "real_name_verified_at", "joined_at")
    list_filter = ("standing", "region", "age_band")
    list_select_related = ("user", "agent")
    search_fields = ("user__id", "user__nickname")


@admin.register(identity.StaffRole)
class StaffRoleAdmin(ReadOnly):
    """Who sits at which desk."""

    list_display = ("user", "role", "given_at")
    list_filter = ("role",)
    list_select_related = ("user",)


@admin.register(identity.Agent)
class AgentAdmin(ReadOnly):
    """Agents."""

    list_display = ("name", "code", "status", "joined_at")
    list_filter = ("status",)
    search_fields = ("name", "code")


@admin.register(identity.Organisation)
class OrganisationAdmin(ReadOnly):
    """Advertisers; papers are judged at the review desk."""

    list_display = ("name", "trade", "status", "submitted_at", "decided_at")
    list_filter = ("status", "trade")
    search_fields = ("name", "credit_code")


@admin.register(identity.Consent)
class ConsentAdmin(ReadOnly):
    """Who agreed to what."""

    list_display = ("user", "document", "version", "given_at", "withdrawn_at")
    list_filter = ("document", "version")
    list_select_related = ("user",)


@admin.register(campaigns.Campaign)
class CampaignAdmin(ReadOnly):
    """Campaigns of every state."""

    list_display = ("title", "organisation", "kind", "status", "reward_fen", "places_wanted", "published_at")
    list_filter = ("status", "kind")
    list_select_related = ("organisation",)
    search_fields = ("id", "title", "organisation__name")


@admin.register(campaigns.Budget)
class BudgetAdmin(ReadOnly):
    """The hot row of each funded campaign."""

    list_display = ("campaign", "is_open", "places", "taken", "accepted", "budget_fen", "reserved_fen", "spent_fen")
    list_select_related = ("campaign",)


@admin.register(policy.Screening)
class ScreeningAdmin(ReadOnly):
    """What the gate found, with the rules' version."""

    list_display = ("campaign", "decision", "rules_version", "at")
    list_filter = ("decision", "rules_version")
    list_select_related = ("campaign",)


@admin.register(policy.Review)
class ReviewAdmin(ReadOnly):
    """Who approved or rejected a campaign, and why."""

    list_display = ("campaign", "outcome", "reviewer_id", "at")
    list_filter = ("outcome",)
    list_select_related = ("campaign",)


@admin.register(dispatch.Assignment)
class AssignmentAdmin(ReadOnly):
    """Who held which place."""

    list_display = ("id", "campaign", "status", "reward_fen", "claimed_at", "submitted_at", "closed_at")
    list_filter = ("status",)
    list_select_related = ("campaign",)
    search_fields = ("id",)


@admin.register(dispatch.Pace)
class PaceAdmin(ReadOnly):
    """How campaigns get on against what was quoted; those that lag, longest first."""

    list_display = ("campaign", "alarm", "alarm_since", "quoted_low", "quoted_high", "peak_taken", "looked_at")
    list_filter = ("alarm",)
    list_select_related = ("campaign",)
    ordering = ("alarm_since",)


@admin.register(verdicts.Verdict)
class VerdictAdmin(ReadOnly):
    """Verdicts with their basis."""

    list_display = ("assignment_id", "outcome", "basis", "code", "decided_at")
    list_filter = ("outcome", "basis", "code")


@admin.register(verdicts.Appeal)
class AppealAdmin(ReadOnly):
    """Appeals."""

    list_display = ("assignment_id", "status", "opened_at", "due_at", "decided_at")
    list_filter = ("status",)


@admin.register(verdicts.Delivery)
class DeliveryAdmin(ReadOnly):
    """What advertisers said of whole campaigns."""

    list_display = ("campaign", "status", "opened_at", "due_at", "sample_size", "sample_faults")
    list_filter = ("status",)
    list_select_related = ("campaign",)


@admin.register(ledger.Account)
class AccountAdmin(ReadOnly):
    """Accounts; the finance desk has the statements."""

    list_display = ("kind", "owner_id", "balance_fen", "opened_at")
    list_filter = ("kind",)
    search_fields = ("owner_id",)


@admin.register(ledger.Entry)
class EntryAdmin(ReadOnly):
    """Entries of the books."""

    list_display = ("id", "kind", "subject_id", "at", "gross_fen")
    list_filter = ("kind",)
    search_fields = ("id", "subject_id")


@admin.register(payouts.Payout)
class PayoutAdmin(ReadOnly):
    """Payouts, without account numbers."""

    list_display = ("id", "source", "status", "gross_fen", "tax_fen", "net_fen", "requested_at")
    list_filter = ("status", "source")
    hidden = ("bank_account",)


@admin.register(payouts.BankFile)
class BankFileAdmin(ReadOnly):
    """Bank files and the two people behind each."""

    list_display = ("id", "status", "payout_count", "total_fen", "made_at", "released_at")
    list_filter = ("status",)


@admin.register(audit.Event)
class EventAdmin(ReadOnly):
    """The audit trail."""

    list_display = ("at", "action", "subject_kind", "subject_id", "actor_id")
    list_filter = ("action",)
    search_fields = ("subject_id", "actor_id")


@admin.register(audit.Setting)
class SettingAdmin(ReadOnly):
    """Settings and their history. A new row puts a value in force, with a reason, and stands in the audit trail."""

    list_display = ("key", "words", "in_force_from", "set_by", "reason")
    list_filter = ("key",)
    ordering = ("-in_force_from",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return admin.site.has_permission(request)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """The form; what it sends waits for a proof of the last ten minutes, and comes back from there as it was."""
        if request.method == "POST" and not assurance.is_fresh(request):
            return HttpResponseRedirect(f"/me/again/?{urlencode({'to': request.path})}", preserve_request=True)
        return super().add_view(request, form_url, extra_context)

    @admin.display(description=gettext_lazy("值"))
    def words(self, row: audit.Setting) -> str:
        """The value as it was written."""
        return str(row.value)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if change else SettingForm

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return super().get_fields(request, obj) if obj else SettingForm.Meta.fields

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """By the action, which writes the audit trail too."""
        actions.set_setting(actor_id=cast(UUID, request.user.pk), **form.cleaned_data)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing more: the audit trail has it."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        messages.success(request, gettext("已生效。"))
        return redirect("admin:audit_setting_changelist")
