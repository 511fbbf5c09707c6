"""What the doors' forms share: errors of the rooms shown beside the field they are about."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from rushi.kernel.errors import RushiError
from rushi.web.templatetags.rushi import tr


def posted(request: HttpRequest) -> QueryDict | None:
    """What was posted, to bind a form with: an empty post too (a form of unticked boxes), a GET never."""
    return request.POST if request.method == "POST" else None


def refusal(error: RushiError) -> ValidationError:
    """A room's error as a form's, in the reader's language."""
    return ValidationError(tr(error), code=error.code)


def add_refusal(form: forms.Form, error: RushiError) -> None:
    """Show a room's error beside its field (`error.params["field"]`), or above the form."""
    field: Any = error.params.get("field")
    form.add_error(field if field in form.fields else None, refusal(error))
