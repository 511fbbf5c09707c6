"""The bank's files: the batch we send and the result that comes back. Pure text in and out.

Sent: UTF-8 with BOM, CRLF, one line a payout. Cells that a spreadsheet would run as a formula are escaped.
Result: any CSV with the columns 业务编号 and 结果, and optionally 金额, 银行流水号, 失败原因 (English names too).
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from rushi.kernel.money import Money

COLUMNS = ("序号", "业务编号", "收款户名", "收款账号", "收款银行", "金额（元）", "用途")  # messages: keep
PURPOSE = "劳务报酬"  # messages: keep
RESULT_BYTES_MAX = 512 * 1024
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_AMOUNT = re.compile(r"-\d+\.\d{2}")
_HEADERS = {
    "业务编号": "payout", "payout_id": "payout",  # messages: keep
    "结果": "result", "交易状态": "result", "result": "result", "status": "result",  # messages: keep
    "金额（元）": "amount", "金额": "amount", "amount": "amount",  # messages: keep
    "银行流水号": "reference", "流水号": "reference", "reference": "reference",  # messages: keep
    "失败原因": "reason", "reason": "reason",  # messages: keep
}  # fmt: skip
_PAID = {"成功", "交易成功", "paid", "success"}  # messages: keep
_FAILED = {"失败", "交易失败", "退票", "failed", "fail"}  # messages: keep


class UnreadableResult(ValueError):
    """The file is not a result file; the text (a Chinese sentence) says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the batch that the bank gets."""

    payout_id: UUID
    name: str
    number: str
    bank: str
    net_fen: int


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One line of the bank's answer. `fault` (Chinese) says why it cannot be used; empty when it can."""

    number: int
    payout_id: UUID | None = None
    paid: bool = False
    amount_fen: int | None = None
    reference: str = ""
    reason: str = ""
    fault: str = ""


def escaped(cell: str) -> str:
    """The cell as text that no spreadsheet runs as a formula: an apostrophe goes before a dangerous start.

    A plain negative amount (`-12.30`) is a number and stays one.
    """
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) and not _AMOUNT.fullmatch(cell) else cell


def to_csv(header: Sequence[str], rows: Iterable[Sequence[str]], *, with_head: bool = True) -> str:
    """A CSV for spreadsheets: UTF-8 byte-order mark and header (unless a later piece), CRLF, formulas escaped."""
    out = io.StringIO()
    writer = csv.writer(out)
    if with_head:
        writer.writerow([escaped(cell) for cell in header])
    writer.writerows([escaped(cell) for cell in row] for row in rows)
    return ("\ufeff" if with_head else "") + out.getvalue()


def bank_csv(lines: Sequence[Line]) -> str:
    """The batch for the bank, the same text for the same lines for ever."""
    rows = (
        (str(n), str(line.payout_id), line.name, line.number, line.bank, Money(line.net_fen).yuan, PURPOSE)
        for n, line in enumerate(lines, 1)
    )
    return to_csv(COLUMNS, rows)


def digest(text: str) -> str:
    """SHA-256 of a file's bytes (UTF-8), in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def decode(data: bytes) -> str:
    """The text of an uploaded result: UTF-8 (with or without BOM) or GB 18030. Raises UnreadableResult."""
    if len(data) > RESULT_BYTES_MAX:
        raise UnreadableResult("文件超过 512 KB。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableResult("文件编码无法识别，请另存为 UTF-8 的 CSV。")


def parse_result(text: str) -> list[ResultLine]:
    """The lines of the bank's answer, in order. Raises UnreadableResult when a needed column is missing."""
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    except csv.Error as error:
        raise UnreadableResult("不是 CSV 文件。") from error
    if not rows:
        raise UnreadableResult("文件是空的。")
    names = [_HEADERS.get(cell.strip().lower(), "") for cell in rows[0]]
    if "payout" not in names or "result" not in names:
        raise UnreadableResult("缺少“业务编号”或“结果”列。")
    return [_line(n, dict(zip(names, row, strict=False))) for n, row in enumerate(rows[1:], 2) if any(row)]


def _line(number: int, cells: dict[str, str]) -> ResultLine:
    cells = {name: cell.strip().removeprefix("'") for name, cell in cells.items()}
    verdict = cells.get("result", "").lower()
    try:
        payout_id = UUID(cells.get("payout", ""))
    except ValueError:
        return ResultLine(number, fault="业务编号有误")
    if verdict not in _PAID | _FAILED:
        return ResultLine(number, payout_id, fault="结果须为“成功”或“失败”")
    try:
        amount = Money.from_yuan(cells["amount"].replace(",", "")).fen if cells.get("amount") else None
    except ValueError:
        return ResultLine(number, payout_id, fault="金额有误")
    return ResultLine(
        number,
        payout_id,
        paid=verdict in _PAID,
        amount_fen=amount,
        reference=cells.get("reference", "")[:64],
        reason=cells.get("reason", "")[:200],
    )
