"""The bank's files as text: formulas escaped, the same for ever, results read in any usual form."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rushi.payouts import bankfile, rules
from rushi.payouts.bankfile import Line, UnreadableResult, parse_result

ID = UUID(int=5)


@pytest.mark.parametrize("cell", ["=1+1", "+86", "-2", "@x", "\tx", "\rx", "＝1"])
def test_formulas_are_escaped(cell: str) -> None:
    assert bankfile.escaped(cell) == "'" + cell


@given(st.text())
def test_no_cell_of_a_bank_file_starts_a_formula(name: str) -> None:
    escaped = bankfile.escaped(name)
    assert not escaped.startswith(("=", "+", "-", "@", "\t", "\r")) or escaped.lstrip("-").replace(".", "").isdigit()


def test_a_negative_amount_stays_a_number() -> None:
    assert bankfile.escaped("-12.30") == "-12.30"
    assert bankfile.escaped("-12.30+1") == "'-12.30+1"


def test_the_file_is_the_same_for_ever() -> None:
    text = bankfile.bank_csv([Line(ID, "王小明", "6222", "中国银行", 12_345)])
    assert text == (
        "\ufeff序号,业务编号,收款户名,收款账号,收款银行,金额（元）,用途\r\n"
        f"1,{ID},王小明,6222,中国银行,123.45,劳务报酬\r\n"
    )
    assert len(bankfile.digest(text)) == 64


def test_results_are_read_with_chinese_or_english_headers() -> None:
    chinese = parse_result(f'\ufeff业务编号,金额,结果,银行流水号,失败原因\r\n{ID},"1,234.50",成功,A1,\r\n\r\n')
    english = parse_result(f"payout_id,result,reason\n{ID},FAILED,closed account\n")
    assert (chinese[0].paid, chinese[0].amount_fen, chinese[0].reference, chinese[0].fault) == (True, 123_450, "A1", "")
    assert (english[0].paid, english[0].amount_fen, english[0].reason) == (False, None, "closed account")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("x,成功,1", "业务编号有误"),
        (f"{ID},大概,1", "结果须为“成功”或“失败”"),
        (f"{ID},成功,1.234", "金额有误"),
        (",成功,", "业务编号有误"),
    ],
)
def test_bad_lines_say_what_is_wrong(row: str, fault: str) -> None:
    assert parse_result("业务编号,结果,金额\n" + row)[0].fault == fault


@pytest.mark.parametrize("text", ["", "a,b\n1,2", "业务编号\n1", "业务编号" + "x" * 200_000])
def test_files_that_are_no_results_are_refused(text: str) -> None:
    with pytest.raises(UnreadableResult):
        parse_result(text)


def test_short_lines_are_bad_lines() -> None:
    assert parse_result("结果,业务编号\n成功")[0].fault == "业务编号有误"


def test_uploads_are_utf8_or_gb18030_and_small() -> None:
    assert bankfile.decode("\ufeff成功".encode()) == "成功"
    assert bankfile.decode("成功".encode("gb18030")) == "成功"
    with pytest.raises(UnreadableResult):
        bankfile.decode(b"\xff\xff\xff")
    with pytest.raises(UnreadableResult):
        bankfile.decode(b"x" * (bankfile.RESULT_BYTES_MAX + 1))


@pytest.mark.parametrize("text", ["4242 4242 4242 4242", "4242-4242-4242-4242"])
def test_card_numbers_are_normalised(text: str) -> None:
    assert rules.normal_card_number(text) == "4242424242424242"


@pytest.mark.parametrize("text", ["", "4242424242424241", "424242424242424", "４２４２424242424242", "a" * 16])
def test_what_is_not_a_card_number(text: str) -> None:
    assert rules.normal_card_number(text) is None
