"""What the application's role may do: it owns nothing, and books and records are append-only for it."""

from __future__ import annotations

from django.db import connection, transaction

from rushi.db.launcher import APP

APPEND_ONLY = ("audit_event", "audit_setting")
# Written by functions that run with the owner's rights, and by nothing else.
READ_ONLY = (
    "ledger_account", "ledger_entry", "ledger_posting", "ledger_settlement", "ledger_movement", "ledger_leg",
    "transparency_outbox", "transparency_mark", "transparency_waiting",
)  # fmt: skip

# What is kept by days and dropped when nobody can ask any more; rows of every other table of days are never deleted.
DROPPED_BY_DAYS = ("evidence_checkpoint", "evidence_draft", "evidence_attention")

# Rights on a partitioned table suffice for whatever goes through it; beside it there is no way in, and partitions
# made later by the job are born that way (nobody but their owner has a right on a new table).
_PARTITIONS = f"""
DO $$ DECLARE partition text; BEGIN
    FOR partition IN
        SELECT c.oid::regclass FROM pg_class c
         WHERE c.relispartition AND c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM {APP}', partition);
    END LOOP;
END $$
"""  # noqa: S608 - names are ours
_DAYS = """
SELECT format('REVOKE DELETE ON %%s FROM %%I', p.partrelid::regclass, %s::text)
  FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid AND c.relnamespace = 'public'::regnamespace
 WHERE c.relname <> ALL (%s)
"""


def apply() -> None:
    """Grant the application's role its rights on every table of today; run by the owner after migrations."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if cursor.fetchone() == (APP,):
            return  # one role for both: rights cannot be narrowed
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP])
        if cursor.fetchone() is None:
            return
        with transaction.atomic():  # nobody sees a right that is given only to be narrowed
            for statement in _statements():
                cursor.execute(statement)
            cursor.execute(_PARTITIONS)
            cursor.execute(_DAYS, [APP, list(DROPPED_BY_DAYS)])
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)


def _statements() -> list[str]:
    append_only, read_only = ", ".join(APPEND_ONLY), ", ".join(READ_ONLY)
    return [
        f"GRANT USAGE ON SCHEMA public TO {APP}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}",
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC",  # some run with the owner's rights
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {APP}",
        f"REVOKE UPDATE, DELETE ON {append_only} FROM {APP}",
        f"REVOKE INSERT, UPDATE, DELETE ON {read_only} FROM {APP}",
    ]
