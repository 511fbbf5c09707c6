-- Settles accepted work, exactly once each: one wide row a settlement, arrays in, 1 or 1,000 alike. Answers the ids
-- newly posted; one that is in the books already is skipped when it says the same, and RU102 when it does not.
-- The only way to write settlements: it runs with the owner's rights and the application may only read them.
-- Rows are inserted in ascending id, without asking first whether they are there: the caller's lock on the work says
-- that they are new. Where that is not so the key refuses them, and what is missing is settled after a comparison.
-- The statement's trigger moves the balances. An agent without commission is no party to it.
-- Raises RU101 insufficient balance, RU102 same settlement with other amounts, RU103 not a settlement.
CREATE FUNCTION ledger_settle_v1(
    ids uuid[], actor uuid, posted_at timestamptz, escrow_owners uuid[], payee_kinds text[], payee_owners uuid[],
    agent_owners uuid[], rewards bigint[], commissions bigint[], fees bigint[]
) RETURNS uuid[] LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_material = off SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    written integer := 0;
    broken text;
    wrong uuid;
    missing record;
BEGIN
    BEGIN
        INSERT INTO ledger_settlement (id, escrow_owner, payee_owner, agent_owner, actor_id, at, gross_fen,
                                       reward_fen, commission_fen, fee_fen, fee_shard, payee_kind)
        SELECT DISTINCT ON (u.id) u.id, u.escrow, u.payee, CASE WHEN u.commission > 0 THEN u.agent END, actor, posted_at,
               u.reward + u.commission + u.fee, u.reward, u.commission, u.fee, ledger_fee_shard_v1(u.escrow), u.kind
          FROM unnest(ids, escrow_owners, payee_kinds, payee_owners, agent_owners, rewards, commissions, fees)
               AS u(id, escrow, kind, payee, agent, reward, commission, fee)
         ORDER BY u.id;
        GET DIAGNOSTICS written = ROW_COUNT;
    EXCEPTION
        WHEN check_violation OR not_null_violation THEN
            GET STACKED DIAGNOSTICS broken = CONSTRAINT_NAME;
            IF broken = 'account_never_negative' THEN
                RAISE EXCEPTION 'insufficient balance: %', SQLERRM USING ERRCODE = 'RU101';
            END IF;
            RAISE EXCEPTION 'not a settlement: %', SQLERRM USING ERRCODE = 'RU103';
        WHEN unique_violation THEN
            written := 0;
    END;
    IF written = cardinality(ids) THEN
        RETURN ids;
    END IF;

    -- Some were in the books before (or are in this batch twice).
    SELECT u.id INTO wrong
      FROM unnest(ids, escrow_owners, payee_kinds, payee_owners, agent_owners, rewards, commissions, fees)
           AS u(id, escrow, kind, payee, agent, reward, commission, fee)
      JOIN ledger_settlement s ON s.id = u.id
     WHERE (s.escrow_owner, s.payee_kind::text, s.payee_owner, s.reward_fen, s.commission_fen, s.fee_fen)
        <> (u.escrow, u.kind, u.payee, u.reward, u.commission, u.fee)
        OR s.agent_owner IS DISTINCT FROM CASE WHEN u.commission > 0 THEN u.agent END
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'settlement % is posted with other amounts', wrong USING ERRCODE = 'RU102';
    END IF;
    IF written > 0 OR ids = '{}' THEN
        RETURN ARRAY(SELECT DISTINCT u.id FROM unnest(ids) AS u (id));
    END IF;
    SELECT coalesce(array_agg(u.id), '{}') AS ids, array_agg(u.escrow) AS escrows, array_agg(u.kind) AS kinds,
           array_agg(u.payee) AS payees, array_agg(u.agent) AS agents, array_agg(u.reward) AS rewards,
           array_agg(u.commission) AS commissions, array_agg(u.fee) AS fees
      INTO missing
      FROM unnest(ids, escrow_owners, payee_kinds, payee_owners, agent_owners, rewards, commissions, fees)
           AS u(id, escrow, kind, payee, agent, reward, commission, fee)
     WHERE NOT EXISTS (SELECT FROM ledger_settlement s WHERE s.id = u.id);
    RETURN ledger_settle_v1(missing.ids, actor, posted_at, missing.escrows, missing.kinds, missing.payees,
                            missing.agents, missing.rewards, missing.commissions, missing.fees);
END
$$;
