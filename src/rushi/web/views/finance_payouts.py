"""The finance desk's other half: payouts, bank files, the bank's results."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from rushi.kernel.ids import uuid7
from rushi.payouts import actions, desk, queries
from rushi.payouts.models import BankFile, Payout
from rushi.web.actor import actor
from rushi.web.finance_door import finance_only, refused_to, sliced
from rushi.web.forms import finance as forms
from rushi.web.views.again import asked_again

PAGE = 50


@require_safe
@finance_only
def payouts(request: HttpRequest) -> HttpResponse:
    """Payouts by status; what waits first."""
    status = request.GET.get("status", Payout.Status.REQUESTED)
    status = status if status in Payout.Status.values else ""
    context = {
        "page": sliced(request, queries.payouts(status), PAGE),
        "status": status,
        "statuses": Payout.Status.choices,
        "waiting": queries.waiting(),
        "key": uuid7(),
    }
    return render(request, "web/finance/payouts.html", context)


@require_safe
@finance_only
def files(request: HttpRequest) -> HttpResponse:
    """Bank files, newest first."""
    page = sliced(request, queries.bank_files(), PAGE)
    people = desk.owner_labels(id_ for row in page.rows for id_ in (row.made_by, row.released_by) if id_)
    rows = [(row, people.get(row.made_by, ""), people.get(row.released_by or row.id, "")) for row in page.rows]
    context = {"rows": rows, "page": page, "waiting": queries.waiting(), "key": uuid7()}
    return render(request, "web/finance/files.html", context)


@require_POST
@finance_only
@refused_to("finance_files")
def make_file(request: HttpRequest) -> HttpResponse:
    """Put everything that waits into a file."""
    file = actions.make_bank_file(actor_id=actor(request), key=request.POST.get("key", ""))
    messages.success(request, gettext("付款文件已制好，请另一位财务复核放行。"))
    return redirect("finance_file", file.id)


@require_safe
@finance_only
def file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """One bank file: its payouts, the next step, its history."""
    return _file_page(request, queries.access_bank_file(file_id), forms.ResultForm(), forms.ReasonForm())


def _file_page(request: HttpRequest, row: BankFile, result: forms.ResultForm, reason: forms.ReasonForm) -> HttpResponse:
    people = desk.owner_labels([row.made_by, *([row.released_by] if row.released_by else [])])
    context = {
        "file": row,
        "page": sliced(request, queries.payouts(file_id=row.id), PAGE),
        "maker": people.get(row.made_by, ""),
        "releaser": people.get(row.released_by or row.id, ""),
        "is_maker": row.made_by == actor(request),
        "result": result,
        "reason": reason,
        "history": desk.history(row.id),
    }
    return render(request, "web/finance/file.html", context, status=422 if result.errors or reason.errors else 200)


@require_POST
@finance_only
@refused_to("finance_file")
def release_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """A second person lets the file go."""
    if page := asked_again(request, gettext("放行付款文件")):
        return page
    actions.release_bank_file(actor_id=actor(request), file_id=file_id)
    messages.success(request, gettext("已放行。请下载付款文件并提交银行。"))
    return redirect("finance_file", file_id)


@require_POST
@finance_only
@refused_to("finance_file")
def cancel_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Take back a file that was not released."""
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        return _file_page(request, queries.access_bank_file(file_id), forms.ResultForm(), form)
    actions.cancel_bank_file(actor_id=actor(request), file_id=file_id, reason=form.cleaned_data["note"])
    messages.success(request, gettext("付款文件已作废，其中的提现回到待付款。"))
    return redirect("finance_files")


@require_safe
@finance_only
@refused_to("finance_file")
def download_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """The released file for the bank."""
    name, text = queries.download(file_id, actor(request))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
@finance_only
@refused_to("finance_file")
def preview_result(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """What the bank's result would do, before it does."""
    row = queries.access_bank_file(file_id)
    form = forms.ResultForm(request.POST, request.FILES)
    if not form.is_valid():
        return _file_page(request, row, form, forms.ReasonForm())
    text = form.cleaned_data["file"]
    outcomes = queries.preview_result(row.id, text)
    counts = {what: sum(outcome.what == what for outcome in outcomes) for what in ("pay", "fail", "already")}
    faults = len(outcomes) - sum(counts.values())
    context = {"file": row, "outcomes": outcomes, "text": text, "counts": counts, "faults": faults}
    return render(request, "web/finance/result.html", context)


@require_POST
@finance_only
@refused_to("finance_file")
def import_result(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Apply the bank's result that was previewed."""
    outcomes = actions.import_result(actor_id=actor(request), file_id=file_id, text=request.POST.get("text", ""))
    done = sum(outcome.what in ("pay", "fail") for outcome in outcomes)
    said = ngettext("已登记 %(count)s 笔银行结果。", "已登记 %(count)s 笔银行结果。", done)
    messages.success(request, said % {"count": done})
    return redirect("finance_file", file_id)


urlpatterns = [
    path("finance/payouts/", payouts, name="finance_payouts"),
    path("finance/files/", files, name="finance_files"),
    path("finance/files/make/", make_file, name="finance_file_make"),
    path("finance/files/<uuid:file_id>/", file, name="finance_file"),
    path("finance/files/<uuid:file_id>/release/", release_file, name="finance_file_release"),
    path("finance/files/<uuid:file_id>/cancel/", cancel_file, name="finance_file_cancel"),
    path("finance/files/<uuid:file_id>/download/", download_file, name="finance_file_download"),
    path("finance/files/<uuid:file_id>/result/", preview_result, name="finance_result_preview"),
    path("finance/files/<uuid:file_id>/import/", import_result, name="finance_result_import"),
]
