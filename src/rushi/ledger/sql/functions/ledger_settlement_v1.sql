-- A settlement is one wide row, kept by the day of its assignment's claim (the id is the assignment's). Its legs are
-- derived (ledger_leg), its balances are moved by ledger_settled_v1; there is nothing to update, and nothing may be.
-- Indexes: the key; what statements read (payee, escrow, agent, each newest first); by moment a BRIN, because rows arrive
-- in the order of their moments and a range of them is what is asked for.
CREATE TABLE ledger_settlement (
    id uuid NOT NULL,
    escrow_owner uuid NOT NULL,
    payee_owner uuid NOT NULL,
    agent_owner uuid,
    actor_id uuid,
    at timestamptz NOT NULL,
    gross_fen bigint NOT NULL,
    reward_fen bigint NOT NULL,
    commission_fen bigint NOT NULL,
    fee_fen bigint NOT NULL,
    fee_shard smallint NOT NULL,
    payee_kind varchar(30) NOT NULL,
    CONSTRAINT settlement_adds_up CHECK (
        gross_fen = reward_fen + commission_fen + fee_fen AND reward_fen > 0 AND commission_fen >= 0 AND fee_fen >= 0
        AND (agent_owner IS NULL) = (commission_fen = 0) AND fee_shard BETWEEN 0 AND 15
        AND payee_kind IN ('participant_available', 'participant_pending')
    ),
    CONSTRAINT ledger_settlement_pkey PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE TABLE ledger_settlement_default PARTITION OF ledger_settlement DEFAULT;

-- What was settled before moves over, each line by line what it was; fees stay on the account they went to (shard 0).
INSERT INTO ledger_settlement (id, escrow_owner, payee_owner, agent_owner, actor_id, at, gross_fen, reward_fen,
                               commission_fen, fee_fen, fee_shard, payee_kind)
SELECT e.subject_id,
       (array_agg(a.owner_id) FILTER (WHERE a.kind = 'escrow'))[1],
       (array_agg(a.owner_id) FILTER (WHERE a.kind IN ('participant_available', 'participant_pending')))[1],
       (array_agg(a.owner_id) FILTER (WHERE a.kind = 'agent_available'))[1],
       e.actor_id, e.at,
       -sum(p.amount_fen) FILTER (WHERE a.kind = 'escrow'),
       sum(p.amount_fen) FILTER (WHERE a.kind IN ('participant_available', 'participant_pending')),
       coalesce(sum(p.amount_fen) FILTER (WHERE a.kind = 'agent_available'), 0),
       coalesce(sum(p.amount_fen) FILTER (WHERE a.kind = 'platform_fee'), 0),
       0, min(a.kind) FILTER (WHERE a.kind IN ('participant_available', 'participant_pending'))
  FROM ledger_entry e
  JOIN ledger_posting p ON p.entry_id = e.id
  JOIN ledger_account a ON a.id = p.account_id
 WHERE e.kind = 'settlement'
 GROUP BY e.id;
DO $$ BEGIN
    ASSERT (SELECT (count(*), coalesce(sum(gross_fen), 0), coalesce(sum(reward_fen), 0), coalesce(sum(commission_fen), 0),
                    coalesce(sum(fee_fen), 0))
              FROM ledger_entry WHERE kind = 'settlement')
         = (SELECT (count(*), coalesce(sum(gross_fen), 0), coalesce(sum(reward_fen), 0), coalesce(sum(commission_fen), 0),
                    coalesce(sum(fee_fen), 0))
              FROM ledger_settlement), 'settlements were lost on the way to one wide row';
END $$;
ALTER TABLE ledger_posting DISABLE TRIGGER USER;
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
DELETE FROM ledger_posting p USING ledger_entry e WHERE e.id = p.entry_id AND e.kind = 'settlement';
DELETE FROM ledger_entry WHERE kind = 'settlement';
ALTER TABLE ledger_posting ENABLE TRIGGER USER;
ALTER TABLE ledger_entry ENABLE TRIGGER USER;

CREATE INDEX settlement_at ON ledger_settlement USING brin (at) WITH (pages_per_range = 16);
CREATE INDEX settlement_of_payee ON ledger_settlement (payee_owner, at);
CREATE INDEX settlement_of_escrow ON ledger_settlement (escrow_owner, at);
CREATE INDEX settlement_of_agent ON ledger_settlement (agent_owner, at) WHERE agent_owner IS NOT NULL;

-- A plain entry is every other movement: it has no split, and no settlement may hide there.
ALTER TABLE ledger_entry
    DROP CONSTRAINT settlement_split_adds_up, DROP CONSTRAINT entry_kind_known,
    DROP COLUMN gross_fen, DROP COLUMN reward_fen, DROP COLUMN commission_fen, DROP COLUMN fee_fen;
ALTER TABLE ledger_entry ADD CONSTRAINT entry_kind_known CHECK (
    kind IN ('deposit', 'funding', 'refund', 'release', 'payout_request', 'payout_paid', 'payout_failed', 'fee_refund'));

-- The fee account in 16 shards; the rest of the platform's accounts are one each.
ALTER TABLE ledger_account DROP CONSTRAINT account_owner_fits_kind;
ALTER TABLE ledger_account ADD CONSTRAINT account_owner_fits_kind CHECK (
    CASE
        WHEN kind IN ('bank', 'tax_payable') THEN owner_id = '00000000-0000-0000-0000-000000000000'
        WHEN kind = 'platform_fee' THEN owner_id <= '00000000-0000-0000-0000-00000000000f'
        WHEN kind IN ('advertiser', 'escrow', 'participant_pending', 'participant_available', 'agent_available', 'payout_clearing')
            THEN owner_id > '00000000-0000-0000-0000-00000000000f'
        ELSE false
    END);
