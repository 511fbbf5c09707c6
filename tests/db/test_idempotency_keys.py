"""A key answers once: a replay gives the first answer and does nothing; a refusal leaves no key."""

import threading
from uuid import UUID, uuid4

import pytest
from django.db import close_old_connections

from rushi.audit import actions
from rushi.audit.errors import KeyMissing, KeyReused
from rushi.audit.models import IdempotencyKey
from rushi.kernel.errors import Conflict


@pytest.mark.django_db
def test_a_replay_answers_the_same_and_does_nothing() -> None:
    actor, calls = uuid4(), []

    def run() -> dict[str, object]:
        calls.append(1)
        return {"id": UUID(int=7), "fen": 5}

    def ask() -> dict[str, object]:
        return actions.once(actor_id=actor, key="k", action="a.b", payload={"x": 1}, run=run)

    assert ask() == ask() == {"id": str(UUID(int=7)), "fen": 5}
    assert calls == [1]


@pytest.mark.django_db
def test_another_payload_under_the_same_key_is_refused() -> None:
    actor = uuid4()
    actions.once(actor_id=actor, key="k", action="a.b", payload={"x": 1}, run=dict)
    with pytest.raises(KeyReused):
        actions.once(actor_id=actor, key="k", action="a.b", payload={"x": 2}, run=dict)


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "k" * 101])
def test_a_missing_key_is_refused(key: str) -> None:
    with pytest.raises(KeyMissing):
        actions.once(actor_id=uuid4(), key=key, action="a.b", payload={}, run=dict)


@pytest.mark.django_db
def test_a_refusal_is_not_kept() -> None:
    actor = uuid4()

    def refuse() -> dict[str, object]:
        raise Conflict

    with pytest.raises(Conflict):
        actions.once(actor_id=actor, key="k", action="a.b", payload={}, run=refuse)
    assert not IdempotencyKey.objects.filter(actor_id=actor).exists()
    assert actions.once(actor_id=actor, key="k", action="a.b", payload={}, run=lambda: {"ok": 1}) == {"ok": 1}


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_run_once() -> None:
    actor, calls, answers = uuid4(), [], []
    barrier = threading.Barrier(8)

    def run() -> dict[str, object]:
        calls.append(1)
        return {"n": len(calls)}

    def ask() -> None:
        barrier.wait()
        answers.append(actions.once(actor_id=actor, key="k", action="a.b", payload={}, run=run))
        close_old_connections()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]
    assert answers == [{"n": 1}] * 8
