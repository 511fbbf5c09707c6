"""The application's role owns nothing and cannot rewrite the books."""

import pytest
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "table", ["ledger_entry", "ledger_posting", "ledger_settlement", "audit_event", "audit_setting"]
)
@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_append_only_tables_refuse_changes(table: str, verb: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb.format(table, "entry_id" if table == "ledger_posting" else "id"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_account SET balance_fen = balance_fen",
        "DELETE FROM ledger_account",
        "INSERT INTO ledger_account DEFAULT VALUES",
        "INSERT INTO ledger_entry DEFAULT VALUES",
        "INSERT INTO ledger_posting DEFAULT VALUES",
        "INSERT INTO ledger_settlement DEFAULT VALUES",
        "INSERT INTO ledger_settlement_default DEFAULT VALUES",
    ],
)
def test_the_books_are_written_by_their_function_only(statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
