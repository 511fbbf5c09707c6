-- After settlements arrive (one statement, any number of rows): balances move, once an account and statement. Whoever
-- inserts a settlement, the balances follow: they cannot drift. Runs with the owner's rights because nobody else may
-- update an account. Missing accounts are opened first, then all are moved, each pass in ascending id: who opens waits
-- for openers only, so concurrent batches never deadlock. A balance below zero fails the account's CHECK.
-- Legs are added up by owner first, so that an account's id is made and sorted once.
-- Nested loops only: transition tables have no statistics and a bad plan costs 30-fold.
CREATE FUNCTION ledger_settled_v1() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    accounts uuid[];
    kinds text[];
    owners uuid[];
    amounts bigint[];
    opened timestamptz;
BEGIN
    SELECT array_agg(d.id), array_agg(d.kind), array_agg(d.owner), array_agg(d.amount)
      INTO accounts, kinds, owners, amounts
      FROM (
        SELECT ledger_account_id_v1(l.kind, l.owner) AS id, l.kind, l.owner, l.amount
          FROM (
            SELECT 'escrow'::text AS kind, n.escrow_owner AS owner, -sum(n.gross_fen)::bigint AS amount FROM arrived n GROUP BY n.escrow_owner
            UNION ALL SELECT n.payee_kind::text, n.payee_owner, sum(n.reward_fen)::bigint FROM arrived n GROUP BY n.payee_owner, n.payee_kind
            UNION ALL SELECT 'agent_available', n.agent_owner, sum(n.commission_fen)::bigint FROM arrived n WHERE n.commission_fen > 0 GROUP BY n.agent_owner
            UNION ALL SELECT 'platform_fee', ledger_fee_owner_v1(n.fee_shard), sum(n.fee_fen)::bigint FROM arrived n WHERE n.fee_fen > 0 GROUP BY n.fee_shard
          ) l ORDER BY 1
      ) d;
    SELECT min(n.at) INTO opened FROM arrived n;

    INSERT INTO ledger_account (id, kind, owner_id, balance_fen, credited_fen, opened_at)
    SELECT d.id, d.kind, d.owner, 0, 0, opened
      FROM unnest(accounts, kinds, owners) AS d(id, kind, owner)
     WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.id = d.id)
     ORDER BY d.id
        ON CONFLICT (id) DO NOTHING;
    UPDATE ledger_account a SET balance_fen = a.balance_fen + d.amount, credited_fen = a.credited_fen + greatest(d.amount, 0)
      FROM unnest(accounts, amounts) AS d(id, amount)
     WHERE a.id = d.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER ledger_settlement_settled AFTER INSERT ON ledger_settlement
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ledger_settled_v1();
CREATE TRIGGER ledger_settlement_append_only BEFORE UPDATE OR DELETE ON ledger_settlement
    FOR EACH ROW EXECUTE FUNCTION audit_append_only_v1();
