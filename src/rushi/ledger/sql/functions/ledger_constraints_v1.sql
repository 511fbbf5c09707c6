-- Ids derive from what they stand for, so the primary key alone makes (kind, owner) and (kind, subject) unique.
-- (A second unique index would make concurrent INSERT ... ON CONFLICT raise instead of wait.)
ALTER TABLE ledger_account
    ADD CONSTRAINT account_id_derives CHECK (id = ledger_account_id_v1(kind, owner_id)),
    SET (fillfactor = 60);
ALTER TABLE ledger_entry
    ADD CONSTRAINT entry_id_derives CHECK (id = ledger_entry_id_v1(kind, subject_id));
