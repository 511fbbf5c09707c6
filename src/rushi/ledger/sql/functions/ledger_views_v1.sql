-- Every movement of the books: plain entries and settlements, which are about the assignment whose id they carry.
CREATE VIEW ledger_movement AS
SELECT e.id, e.kind, e.subject_id, e.actor_id, e.at,
       NULL::bigint AS gross_fen, NULL::bigint AS reward_fen, NULL::bigint AS commission_fen, NULL::bigint AS fee_fen
  FROM ledger_entry e
UNION ALL
SELECT s.id, 'settlement'::varchar(20), s.id, s.actor_id, s.at, s.gross_fen, s.reward_fen, s.commission_fen, s.fee_fen
  FROM ledger_settlement s;

-- Every line of the books with its account's kind and owner: postings, and the legs of settlements, which follow from
-- their one row. A statement asks by owner (and kind): each branch has an index for that, newest first.
CREATE VIEW ledger_leg AS
SELECT p.entry_id, p.account_id, p.amount_fen, p.at, a.kind AS account_kind, a.owner_id
  FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
UNION ALL
SELECT s.id, ledger_account_id_v1('escrow', s.escrow_owner), -s.gross_fen, s.at, 'escrow'::varchar(30), s.escrow_owner
  FROM ledger_settlement s
UNION ALL
SELECT s.id, ledger_account_id_v1(s.payee_kind, s.payee_owner), s.reward_fen, s.at, s.payee_kind, s.payee_owner
  FROM ledger_settlement s
UNION ALL
SELECT s.id, ledger_account_id_v1('agent_available', s.agent_owner), s.commission_fen, s.at,
       'agent_available'::varchar(30), s.agent_owner
  FROM ledger_settlement s WHERE s.agent_owner IS NOT NULL
UNION ALL
SELECT s.id, ledger_account_id_v1('platform_fee', ledger_fee_owner_v1(s.fee_shard)), s.fee_fen, s.at,
       'platform_fee'::varchar(30), ledger_fee_owner_v1(s.fee_shard)
  FROM ledger_settlement s WHERE s.fee_fen > 0;
