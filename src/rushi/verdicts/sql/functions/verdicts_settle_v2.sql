-- Accepts work and pays for it, exactly once, for a whole batch. `basis`: reviewer | silence | facts (work handed in),
-- appeal (work rejected whose money is still reserved). Returns the ids settled by this call; a replay settles nothing.
-- Locks persons (who is being erased is not paid meanwhile), budgets, assignments, accounts, in this order and ascending.
CREATE FUNCTION verdicts_settle_v2(ids uuid[], basis text, actor uuid, at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  is_appeal CONSTANT boolean := basis = 'appeal';
  moved uuid[];
BEGIN
  PERFORM dispatch_lock_people_v1(ids);
  PERFORM dispatch_lock_v2(ids);
  IF is_appeal THEN
    ids := ARRAY(SELECT v.assignment_id FROM verdicts_verdict v
                  WHERE v.assignment_id = ANY (ids) AND v.outcome = 'rejected' AND v.reserve_released_at IS NULL);
  END IF;
  moved := ARRAY(SELECT dispatch_decide_v1(
    ids, CASE WHEN is_appeal THEN ARRAY['rejected'] ELSE ARRAY['submitted', 'in_review'] END, 'accepted', at));
  IF cardinality(moved) > 0 THEN
    PERFORM verdicts_pay_v1(
              array_agg(a.id), array_agg(a.campaign_id), array_agg(a.participant_id), array_agg(a.agent_id),
              array_agg(a.reward_fen), array_agg(a.commission_fen), array_agg(a.fee_fen), array_agg(a.unit_fen),
              coalesce(array_agg(a.participant_id) FILTER (WHERE p.standing = 'limited'), '{}'), basis, actor, at)
       FROM dispatch_assignment a
       JOIN identity_participant p ON p.user_id = a.participant_id
      WHERE a.id = ANY (moved);
  END IF;
  RETURN QUERY SELECT unnest(moved);
END
$$;
