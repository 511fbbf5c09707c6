-- Accepts work and pays for it, exactly once: the verdict, the state, the budget and the five-legged settlement in
-- one transaction, for a whole batch. `basis`: facts | reviewer | silence (work handed in), appeal (work rejected
-- whose money is still reserved). Returns the ids settled by this call; a replay settles nothing.
-- Locks budgets, assignments, accounts, in this order and ascending. What is paid was fixed at the claim: commission
-- only when there was an agent who earns on this person; what of the promise is not paid stays in the campaign.
-- The money of a person whose standing is limited waits as pending. No answer is read.
CREATE FUNCTION verdicts_settle_v1(ids uuid[], basis text, actor uuid, at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  platform CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
  is_appeal CONSTANT boolean := basis = 'appeal';
  moved uuid[];
  posted integer;
BEGIN
  PERFORM dispatch_lock_v1(ids);
  IF is_appeal THEN
    ids := ARRAY(SELECT v.assignment_id FROM verdicts_verdict v
                  WHERE v.assignment_id = ANY (ids) AND v.outcome = 'rejected' AND v.reserve_released_at IS NULL);
  END IF;
  moved := ARRAY(SELECT dispatch_decide_v1(
    ids, CASE WHEN is_appeal THEN ARRAY['rejected'] ELSE ARRAY['submitted', 'in_review'] END, 'accepted', at));
  IF cardinality(moved) = 0 THEN
    RETURN;
  END IF;

  IF is_appeal THEN
    PERFORM campaigns_spend_overturned_v1(array_agg(u.campaign_id), array_agg(u.n), array_agg(u.promised), array_agg(u.spent))
       FROM (SELECT a.campaign_id, count(*)::integer AS n, sum(a.unit_fen)::bigint AS promised,
                    sum(a.reward_fen + a.commission_fen + a.fee_fen)::bigint AS spent
               FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY a.campaign_id) AS u;
  ELSE
    PERFORM campaigns_spend_v1(array_agg(u.campaign_id), array_agg(u.n), array_agg(u.promised), array_agg(u.spent))
       FROM (SELECT a.campaign_id, count(*)::integer AS n, sum(a.unit_fen)::bigint AS promised,
                    sum(a.reward_fen + a.commission_fen + a.fee_fen)::bigint AS spent
               FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY a.campaign_id) AS u;
  END IF;

  WITH entry AS (
    SELECT ledger_entry_id_v1('settlement', a.id) AS id, a.id AS subject, a.reward_fen, a.commission_fen, a.fee_fen,
           a.reward_fen + a.commission_fen + a.fee_fen AS gross_fen, a.campaign_id, a.participant_id, a.agent_id,
           CASE WHEN p.standing = 'limited' THEN 'participant_pending' ELSE 'participant_available' END AS purse
      FROM dispatch_assignment a
      JOIN identity_participant p ON p.user_id = a.participant_id
     WHERE a.id = ANY (moved)
  ), entries AS (
    SELECT array_agg(e.id) AS ids, array_agg('settlement'::text) AS kinds, array_agg(e.subject) AS subjects,
           array_agg(e.gross_fen) AS gross, array_agg(e.reward_fen) AS reward,
           array_agg(e.commission_fen) AS commission, array_agg(e.fee_fen) AS fee
      FROM entry e
  ), legs AS (
    SELECT array_agg(e.id) AS entry, array_agg(l.kind) AS kind, array_agg(l.owner) AS owner,
           array_agg(l.amount) AS amount
      FROM entry e
     CROSS JOIN LATERAL (VALUES ('escrow', e.campaign_id, -e.gross_fen), (e.purse, e.participant_id, e.reward_fen),
                                ('agent_available', e.agent_id, e.commission_fen),
                                ('platform_fee', platform, e.fee_fen)) AS l (kind, owner, amount)
     WHERE l.amount <> 0
  )
  SELECT count(*) INTO posted
    FROM entries n, legs l,
         ledger_post_v1(n.ids, n.kinds, n.subjects, actor, at, n.gross, n.reward, n.commission, n.fee,
                        l.entry, l.kind, l.owner, l.amount);
  ASSERT posted = cardinality(moved), 'a settlement was in the books before its verdict';

  INSERT INTO verdicts_verdict AS v (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
  SELECT m, 'accepted', basis, '', '', actor, at FROM unnest(moved) AS m
      ON CONFLICT (assignment_id) DO UPDATE
     SET outcome = 'accepted', basis = EXCLUDED.basis, decided_by = EXCLUDED.decided_by,
         decided_at = EXCLUDED.decided_at;
  RETURN QUERY SELECT unnest(moved);
END
$$;
