-- Every movement of the books: plain entries and settlements, which are about the assignment whose id they carry.
CREATE VIEW ledger_movement AS
SELECT e.id, e.kind, e.subject_id, e.actor_id, e.at,
       NULL::bigint AS gross_fen, NULL::bigint AS reward_fen, NULL::bigint AS commission_fen, NULL::bigint AS fee_fen
  FROM ledger_entry e
UNION ALL
SELECT s.id, 'settlement'::varchar(20), s.id, s.actor_id, s.at, s.gross_fen, s.reward_fen, s.commission_fen, s.fee_fen
  FROM ledger_settlement s;

-- Every line of the books: postings, and the legs of settlements, which follow from their one row.
CREATE VIEW ledger_leg AS
SELECT p.entry_id, p.account_id, p.amount_fen, p.at FROM ledger_posting p
UNION ALL
SELECT s.id, ledger_account_id_v1('escrow', s.escrow_owner), -s.gross_fen, s.at FROM ledger_settlement s
UNION ALL
SELECT s.id, ledger_account_id_v1(s.payee_kind, s.payee_owner), s.reward_fen, s.at FROM ledger_settlement s
UNION ALL
SELECT s.id, ledger_account_id_v1('agent_available', s.agent_owner), s.commission_fen, s.at
  FROM ledger_settlement s WHERE s.agent_owner IS NOT NULL
UNION ALL
SELECT s.id, ledger_account_id_v1('platform_fee', ledger_fee_owner_v1(s.fee_shard)), s.fee_fen, s.at
  FROM ledger_settlement s WHERE s.fee_fen > 0;
