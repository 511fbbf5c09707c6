"""Which methods a page answers; a page that is got answers HEAD too (RFC 9110, 9.1)."""

from django.views.decorators.http import require_http_methods

page_with_form = require_http_methods(["GET", "HEAD", "POST"])
"""A page that is opened, and whose form is posted to the same address."""
