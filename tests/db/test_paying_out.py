"""Money leaves once: asked, put into a file by one person, released by another, answered by the bank."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from rushi.audit import actions as audit
from rushi.audit.errors import KeyReused
from rushi.audit.models import Event
from rushi.audit.queries import history
from rushi.identity.models import Agent, RealName, User
from rushi.kernel import clock
from rushi.kernel.errors import NotFound
from rushi.ledger import queries as ledger
from rushi.ledger.errors import InsufficientBalance
from rushi.payouts import actions, errors, queries
from rushi.payouts.models import BankAccount, BankFile, Payout
from tests.books import CARD, FINANCE, ask_payout, assert_books_clean, give_person, settle, settlement, verified_person

pytestmark = pytest.mark.django_db
SECOND = UUID(int=0xF2)


def clean() -> None:
    assert_books_clean("ledger")
    assert_books_clean("payouts")


def released(*payouts: Payout) -> BankFile:
    file = actions.make_bank_file(actor_id=FINANCE, key=str(uuid4()))
    return actions.release_bank_file(actor_id=SECOND, file_id=file.id)


def answer(*lines: tuple[Payout, str]) -> str:
    rows = [f"{p.id},{p.net_fen / 100:.2f},{result},R-{n},户名不符" for n, (p, result) in enumerate(lines)]
    return "\n".join(["业务编号,金额,结果,银行流水号,失败原因", *rows])


# --- cards


def test_a_card_is_sealed_and_kept_once() -> None:
    user = verified_person()
    first = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)
    again = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=f" {CARD[:4]} {CARD[4:]}")
    assert first.id == again.id
    assert CARD.encode() not in bytes(BankAccount.objects.get().number_sealed)
    assert queries.card_number(first) == CARD
    assert [a.number_tail for a in queries.bank_accounts(user.id)] == [CARD[-4:]]


def test_cards_need_a_real_name_a_known_bank_and_a_check_digit() -> None:
    stranger = User.objects.create_user(phone="+8613800000001")
    with pytest.raises(errors.NeedsRealName):
        actions.add_bank_account(actor_id=stranger.id, bank="招商银行", number=CARD)
    user = verified_person()
    with pytest.raises(errors.UnknownBank):
        actions.add_bank_account(actor_id=user.id, bank="我的银行", number=CARD)
    with pytest.raises(errors.BadCardNumber):
        actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD[:-1])


def test_a_handful_of_cards_at_most() -> None:
    user = verified_person()
    numbers = [n for n in range(10**15 * 4, 10**15 * 4 + 100) if _luhn(str(n))][:6]
    for number in numbers[:5]:
        actions.add_bank_account(actor_id=user.id, bank="招商银行", number=str(number))
    with pytest.raises(errors.TooManyBankAccounts):
        actions.add_bank_account(actor_id=user.id, bank="招商银行", number=str(numbers[5]))


def _luhn(digits: str) -> bool:
    from rushi.payouts.rules import normal_card_number

    return normal_card_number(digits) is not None


def test_a_removed_card_is_gone_for_new_payouts() -> None:
    user = verified_person()
    card = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)
    with pytest.raises(NotFound):
        actions.remove_bank_account(actor_id=uuid4(), bank_account_id=card.id)
    actions.remove_bank_account(actor_id=user.id, bank_account_id=card.id)
    assert queries.bank_accounts(user.id) == []
    with pytest.raises(NotFound):
        queries.access_bank_account(user.id, card.id)


# --- asking


def test_asking_moves_the_gross_into_clearing() -> None:
    user = verified_person()
    payout = ask_payout(user, 200_000)
    assert (payout.gross_fen, payout.tax_fen, payout.fee_fen, payout.net_fen) == (200_000, 0, 0, 200_000)
    assert ledger.balance_fen("participant_available", user.id) == 0
    assert ledger.balance_fen("payout_clearing", user.id) == 200_000
    clean()


def test_the_operator_chooses_the_method() -> None:
    audit.set_setting(actor_id=FINANCE, key="withholding_method", value="labour", reason="测试")
    payout = ask_payout(verified_person(), 200_000)
    assert (payout.tax_fen, payout.net_fen, payout.method) == (24_000, 176_000, "labour")


def test_the_second_payout_of_a_month_knows_the_first() -> None:
    audit.set_setting(actor_id=FINANCE, key="withholding_method", value="labour", reason="测试")
    user = verified_person()
    assert [ask_payout(user, 300_000).tax_fen for _ in range(2)] == [44_000, 52_000]


def test_asking_twice_with_a_key_is_asking_once() -> None:
    user = verified_person()
    give_person(user.id, 500)
    card = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)
    ask = {"actor_id": user.id, "source": "participant", "owner_id": user.id, "bank_account_id": card.id, "key": "k"}
    assert actions.request_payout(**ask, amount_fen=200).id == actions.request_payout(**ask, amount_fen=200).id
    with pytest.raises(KeyReused):
        actions.request_payout(**ask, amount_fen=300)
    assert ledger.balance_fen("participant_available", user.id) == 300


def test_what_asking_refuses() -> None:
    user, other = verified_person(), verified_person("李四")
    give_person(user.id, 500)
    card = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)

    def ask(fen: int, key: str, source: str = "participant", owner: UUID | None = None, **more: object) -> Payout:
        return actions.request_payout(
            actor_id=user.id,
            source=source,
            owner_id=owner or user.id,
            bank_account_id=card.id,
            amount_fen=fen,
            key=key,
            **more,  # type: ignore[arg-type]
        )

    with pytest.raises(errors.BelowMinimum):
        ask(99, "1")
    with pytest.raises(InsufficientBalance):
        ask(501, "2")
    with pytest.raises(NotFound):
        ask(200, "3", owner=other.id)
    with pytest.raises(NotFound):
        ask(200, "4", source="agent")
    with pytest.raises(NotFound):
        ask(200, "4b", source="platform")
    with pytest.raises(errors.QuoteChanged):
        ask(200, "5", net_fen_shown=199)
    audit.set_setting(actor_id=FINANCE, key="payout_fee_fen", value=200, reason="测试")
    with pytest.raises(errors.NothingLeft):
        ask(200, "6")
    user.real_name.delete()
    with pytest.raises(errors.NeedsRealName):
        ask(300, "7")
    assert not Payout.objects.exists()
    clean()


def test_an_agent_takes_out_commission() -> None:
    from tests.books import give_escrow

    user, campaign = verified_person(), uuid4()
    agent = Agent.objects.create(user=user, name="小王", code="ABC", joined_at=clock.now())
    give_escrow(uuid4(), campaign, 2000)
    settle(
        settlements=[settlement(campaign, uuid4(), reward=1000, commission=150, fee=10, agent_id=agent.id)],
    )
    assert queries.payable(user.id, "agent").balance_fen == 150
    card = actions.add_bank_account(actor_id=user.id, bank="招商银行", number=CARD)
    payout = actions.request_payout(
        actor_id=user.id, source="agent", owner_id=agent.id, bank_account_id=card.id, amount_fen=150, key="k"
    )
    file = released(payout)
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((payout, "失败")))
    assert ledger.balance_fen("agent_available", agent.id) == 150
    clean()


def test_payable_says_what_is_needed() -> None:
    user = verified_person()
    give_person(user.id, 321)
    found = queries.payable(user.id, "participant")
    assert (found.balance_fen, found.minimum_fen, found.fee_fen, found.has_real_name) == (321, 100, 0, True)
    with pytest.raises(NotFound):
        queries.payable(user.id, "agent")


# --- the file


def test_a_file_takes_everything_once_and_names_the_verified_payee() -> None:
    payouts = [ask_payout(verified_person(name), 500) for name in ("王小明", "欧阳娜娜")]
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    assert actions.make_bank_file(actor_id=FINANCE, key="k").id == file.id
    assert (file.payout_count, file.total_fen) == (2, 1000)
    with pytest.raises(errors.NothingToPay):
        actions.make_bank_file(actor_id=FINANCE, key="k2")
    with pytest.raises(errors.FileNotReleased):
        queries.download(file.id, FINANCE)
    actions.release_bank_file(actor_id=SECOND, file_id=file.id)
    name, text = queries.download(file.id, FINANCE)
    assert name.endswith(".csv")
    assert [line.split(",")[1:6] for line in text.splitlines()[1:]] == [
        [str(payouts[0].id), "王小明", CARD, "中国工商银行", "5.00"],
        [str(payouts[1].id), "欧阳娜娜", CARD, "中国工商银行", "5.00"],
    ]
    assert text == queries.download(file.id, FINANCE)[1]
    assert Event.objects.filter(action="real_name.read", subject_id=payouts[0].user_id).exists()
    assert [row.actor_id for row in history(file.id)][:2] == [FINANCE, FINANCE]
    assert history(file.id)[0].action == "bank_file.download"
    clean()


def test_a_file_is_the_same_when_its_payee_has_left() -> None:
    payout = ask_payout(verified_person(), 500)
    file = released(payout)
    text = queries.download(file.id, FINANCE)[1]
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((payout, "成功")))
    actions.leave(actor_id=payout.user_id)
    assert not RealName.objects.filter(user_id=payout.user_id).exists()
    assert queries.download(file.id, FINANCE)[1] == text


def test_the_maker_cannot_release() -> None:
    ask_payout(verified_person(), 500)
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    with pytest.raises(errors.NeedsSecondPerson):
        actions.release_bank_file(actor_id=FINANCE, file_id=file.id)
    with pytest.raises(IntegrityError, match="bank_file_two_people"):
        BankFile.objects.filter(id=file.id).update(status="released", released_by=FINANCE, released_at=clock.now())


def test_releasing_again_changes_nothing() -> None:
    payout = ask_payout(verified_person(), 500)
    file = released(payout)
    at = file.released_at
    assert actions.release_bank_file(actor_id=UUID(int=0xF3), file_id=file.id).released_at == at
    payout.refresh_from_db()
    assert payout.status == Payout.Status.PROCESSING


def test_a_cancelled_file_gives_its_payouts_to_the_next() -> None:
    payout = ask_payout(verified_person(), 500)
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    for _ in range(2):
        actions.cancel_bank_file(actor_id=FINANCE, file_id=file.id, reason="重做")
    with pytest.raises(errors.FileNotReleased):
        actions.release_bank_file(actor_id=SECOND, file_id=file.id)
    second = released(payout)
    payout.refresh_from_db()
    assert payout.bank_file_id == second.id
    with pytest.raises(errors.FileNotReleased):
        actions.cancel_bank_file(actor_id=FINANCE, file_id=second.id, reason="太晚了")
    clean()


def test_a_file_whose_content_changed_does_not_go_out() -> None:
    user = verified_person()
    ask_payout(user, 500)
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    BankAccount.objects.filter(user=user).update(bank="招商银行")
    with pytest.raises(errors.FileChanged):
        actions.release_bank_file(actor_id=SECOND, file_id=file.id)


def test_unknown_files_are_not_found() -> None:
    for call in (
        lambda: actions.release_bank_file(actor_id=SECOND, file_id=uuid4()),
        lambda: queries.access_bank_file(uuid4()),
    ):
        with pytest.raises(NotFound):
            call()


# --- the result


def test_paid_and_failed_lines_are_posted() -> None:
    audit.set_setting(actor_id=FINANCE, key="withholding_method", value="labour", reason="测试")
    audit.set_setting(actor_id=FINANCE, key="payout_fee_fen", value=50, reason="测试")
    rich, poor = verified_person(), verified_person("李四")
    paid, failed = ask_payout(rich, 200_000), ask_payout(poor, 500)
    file = released(paid, failed)
    outcomes = actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((paid, "成功"), (failed, "失败")))
    assert [o.what for o in outcomes] == ["pay", "fail"]
    paid.refresh_from_db()
    failed.refresh_from_db()
    file.refresh_from_db()
    assert (paid.status, paid.bank_reference) == ("paid", "R-0")
    assert (failed.status, failed.failure) == ("failed", "户名不符")
    assert file.status == BankFile.Status.CLOSED
    assert ledger.balance_fen("tax_payable") == 24_000
    assert ledger.balance_fen("participant_available", poor.id) == 500
    assert ledger.total_fen("payout_clearing") == 0
    assert ledger.trial_balance().difference_fen == 0
    clean()


@pytest.mark.parametrize("result", ["成功", "失败"])
def test_nobody_says_what_became_of_their_own_payout(result: str) -> None:
    user = verified_person()
    payout = ask_payout(user, 500)
    file = released(payout)
    with pytest.raises(errors.OwnMoney):
        actions.import_result(actor_id=user.id, file_id=file.id, text=answer((payout, result)))
    payout.refresh_from_db()
    assert payout.status == "processing"
    assert ledger.balance_fen("participant_available", user.id) == 0
    clean()


def test_importing_again_changes_nothing() -> None:
    payout = ask_payout(verified_person(), 500)
    file = released(payout)
    text = answer((payout, "成功"))
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=text)
    before = ledger.balance_fen("bank")
    assert [o.what for o in actions.import_result(actor_id=FINANCE, file_id=file.id, text=text)] == ["already"]
    assert ledger.balance_fen("bank") == before
    clean()


def test_half_an_answer_leaves_the_rest_open() -> None:
    first, second = ask_payout(verified_person(), 500), ask_payout(verified_person("李四"), 700)
    file = released(first, second)
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((first, "成功")))
    file.refresh_from_db()
    assert file.status == BankFile.Status.RELEASED
    outcomes = actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((first, "成功"), (second, "成功")))
    assert [o.what for o in outcomes] == ["already", "pay"]
    clean()


def test_lines_that_contradict_are_shown_and_not_applied() -> None:
    payout, other = ask_payout(verified_person(), 500), ask_payout(verified_person("李四"), 700)
    file = released(payout, other)
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((payout, "成功")))
    text = "\n".join(
        [
            "业务编号,金额,结果",
            f"{payout.id},5.00,失败",
            f"{other.id},7.01,成功",
            f"{uuid4()},1.00,成功",
            f"{other.id},7.00,也许",
            f"{other.id},7.00,成功",
        ]
    )
    outcomes = actions.import_result(actor_id=FINANCE, file_id=file.id, text=text)
    assert [o.what for o in outcomes] == ["conflict", "conflict", "unknown", "bad", "bad"]
    other.refresh_from_db()
    assert other.status == Payout.Status.PROCESSING
    clean()


def test_the_preview_does_nothing() -> None:
    payout = ask_payout(verified_person(), 500)
    file = actions.make_bank_file(actor_id=FINANCE, key="k")
    with pytest.raises(errors.FileNotReleased):
        queries.preview_result(file.id, answer((payout, "成功")))
    actions.release_bank_file(actor_id=SECOND, file_id=file.id)
    assert [o.what for o in queries.preview_result(file.id, answer((payout, "成功")))] == ["pay"]
    with pytest.raises(errors.BadResultFile):
        queries.preview_result(file.id, "x")
    payout.refresh_from_db()
    assert payout.status == Payout.Status.PROCESSING
    clean()


def test_a_person_sees_their_own_payouts_only() -> None:
    user, other = verified_person(), verified_person("李四")
    payout = ask_payout(user, 500)
    assert [p.id for p in queries.payouts_of(user.id, "participant")] == [payout.id]
    assert queries.access_payout(user.id, payout.id).id == payout.id
    with pytest.raises(NotFound):
        queries.access_payout(other.id, payout.id)


def test_what_was_earned_counts_once_however_it_moves_afterwards() -> None:
    from rushi.ledger import actions as books
    from rushi.measurement.queries import market_totals

    user = verified_person()
    give_person(user.id, 300, to="participant_pending")
    books.release_pending(actor_id=FINANCE, participant_id=user.id, subject_id=uuid4())
    payout = ask_payout(user, 500)
    file = released(payout)
    actions.import_result(actor_id=FINANCE, file_id=file.id, text=answer((payout, "失败")))
    assert ledger.balance_fen("participant_available", user.id) == 800
    assert ledger.earned_fen(["participant_pending", "participant_available"], user.id) == 800
    assert ledger.earned_fen("participant_available", user.id) == 500
    assert market_totals().paid_fen == 800
