"""A client nobody here wrote reads the OpenAPI document and tries everything in it: no 5xx, nothing undeclared.

Schemathesis makes the requests, fitting and unfitting ones, and judges every answer: status, media type, headers and
body must be as declared, what fits is not refused as malformed, what does not fit is, no key means 401.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis import Case, CheckContext, Response
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from schemathesis.generation.modes import GenerationMode

from rushi.api.site import api
from rushi.audit.actions import set_setting
from rushi.config.wsgi import every as site
from rushi.notices.actions import add_endpoint, send_test
from tests import books, factories
from tests.programs import agent_key, key_of

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning:schemathesis")]
EXAMPLES = 10


def plainly(environ: dict[str, Any], start_response: Any) -> Any:
    """The site without compression, which this client's way of calling it cannot undo."""
    environ.pop("HTTP_ACCEPT_ENCODING", None)
    return site(environ, start_response)


def document(*modes: GenerationMode) -> Any:
    """The document as a program reads it, with the site behind it."""
    plain = json.loads(json.dumps(api.get_openapi_schema(path_prefix="api/v1/")))
    schema = schemathesis.openapi.from_dict(plain)
    schema.app = plainly
    schema.config.generation.update(modes=list(modes))
    return schema


ANYTHING = document(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
FITTING = document(GenerationMode.POSITIVE)


@pytest.fixture
def one_transaction() -> Iterator[None]:
    """As Django's test client does: a request's end does not end the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(one_transaction: None, settings: Any, tmp_path: Any) -> dict[str, Any]:
    """An organisation with money, campaigns in every state, an endpoint with a message; and an agent."""
    settings.MEDIA_ROOT = tmp_path
    organisation = factories.organisation()
    owner = factories.member(organisation)
    set_setting(actor_id=owner.pk, key="api_requests_a_minute", value=100_000, reason="test")
    books.give_advertiser(organisation.pk, 10_000_000)
    campaigns = [
        factories.draft_campaign(organisation=organisation),
        factories.approved_campaign(organisation=organisation),
        factories.live_campaign(organisation=organisation),
        factories.draft_campaign(),  # somebody else's
    ]
    endpoint = add_endpoint(
        actor_id=owner.pk, organisation_id=organisation.pk, url="https://example.com/hook", events=["campaign.paused"]
    )
    send_test(actor_id=owner.pk, endpoint_id=endpoint.pk)
    agent = factories.agent()
    return {
        "organisation": key_of(organisation, owner=owner),
        "agent": agent_key(agent),
        "campaign_id": [str(campaign.pk) for campaign in campaigns],
        "webhook_id": [str(endpoint.pk)],
        "message_id": [str(endpoint.sendings.get().pk)],
    }


def refused_as_malformed(ctx: CheckContext, response: Response, case: Case) -> None:
    """What fits the document may be refused by a rule (422 with the rule's code), never as malformed.

    Stands in for Schemathesis' check of the same, which knows no rules. A part without a file name is no file.
    """
    fits = case.meta is not None and case.meta.generation.mode.is_positive
    if fits and response.status_code == 422 and "/materials/" not in case.path:
        assert response.json()["code"] != "malformed", response.json()


def judged(case: Case, world: dict[str, Any]) -> None:
    """Send it with the key that its operation is for, and have the answer judged."""
    token = world["agent" if "/agent" in case.path else "organisation"]
    # Words in the query that nobody declared are ignored: trackers and caches add some.
    strange = set(case.query or ()) - {parameter.name for parameter in case.operation.query}
    unjudged = [positive_data_acceptance, *([negative_data_rejection] if strange else [])]
    case.call_and_validate(
        headers={"Authorization": f"Bearer {token}"},
        additional_checks=[refused_as_malformed],
        excluded_checks=unjudged,
    )


@ANYTHING.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
def test_whatever_is_sent_is_answered_as_declared(case: Case, world: dict[str, Any]) -> None:
    judged(case, world)


@FITTING.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None
)
def test_what_fits_reaches_things_that_exist(case: Case, world: dict[str, Any]) -> None:
    for name, ids in world.items():
        if name in case.path_parameters:
            made = case.path_parameters[name]
            case.path_parameters[name] = ids[UUID(str(made)).int % len(ids)]
    judged(case, world)
