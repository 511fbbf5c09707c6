"""Real connections trying one code, one limit, one recovery code at once: nobody gains by haste."""

from __future__ import annotations

import pytest
import time_machine

from rushi.identity import actions
from rushi.identity.errors import TooOften, WrongFactor
from rushi.kernel import clock
from tests import factories, keys
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_limit_is_exact_for_many_at_once() -> None:
    def try_once() -> object:
        return actions.spend(what="code", whose="+8613900000000", limits=((5, 3600),))

    answers = race(*[try_once] * 16)
    assert sum(answer is None for answer in answers) == 5, answers
    assert sum(isinstance(answer, TooOften) for answer in answers) == 11


def test_one_code_of_an_app_lets_one_in() -> None:
    user = factories.user()
    with time_machine.travel(clock.now(), tick=False):
        code = keys.shown(keys.app_of(user))
        answers = race(*[lambda: actions.prove_code(user_id=user.pk, code=code)] * 6)
    assert answers.count("totp") == 1, answers
    assert sum(isinstance(answer, WrongFactor) for answer in answers) == 5


def test_one_recovery_code_lets_one_in() -> None:
    user = factories.user()
    keys.app_of(user)
    code = actions.make_recovery_codes(actor_id=user.pk)[0]
    answers = race(*[lambda: actions.prove_code(user_id=user.pk, code=code)] * 6)
    assert answers.count("recovery") == 1, answers
