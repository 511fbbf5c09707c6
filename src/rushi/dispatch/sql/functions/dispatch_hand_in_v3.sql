-- Hands in started assignments and decides about each at once: accepted, or waiting for a reviewer until silence
-- accepts it. Verdicts call it with budgets and assignments locked and leases checked. Answers what changed with all
-- that paying needs (price, person and agent were fixed at the claim), so that nothing is read again.
-- Never earlier than the start, also when the clock was put back in between. Only who waits has a day when waiting ends.
CREATE FUNCTION dispatch_hand_in_v3(ids uuid[], is_accepted boolean[], at timestamptz)
RETURNS TABLE (id uuid, is_paid boolean, campaign_id uuid, participant_id uuid, agent_id uuid,
               reward_fen bigint, commission_fen bigint, fee_fen bigint, unit_fen bigint)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
  accepted CONSTANT uuid[] := ARRAY(SELECT r.id FROM unnest(ids, is_accepted) AS r (id, is_accepted) WHERE r.is_accepted);
  doubtful CONSTANT uuid[] := ARRAY(SELECT r.id FROM unnest(ids, is_accepted) AS r (id, is_accepted) WHERE NOT r.is_accepted);
BEGIN
  -- By key only, one update an outcome: joined to the arrays, a day that was empty when the plan was made is walked
  -- once an item.
  IF cardinality(accepted) > 0 THEN
    RETURN QUERY
    UPDATE dispatch_assignment a
       SET status = 'accepted', submitted_at = greatest(at, a.started_at), closed_at = at
     WHERE a.id = ANY (accepted) AND a.id BETWEEN low AND high AND a.status = 'started'
    RETURNING a.id, true, a.campaign_id, a.participant_id, a.agent_id,
              a.reward_fen, a.commission_fen, a.fee_fen, a.unit_fen;
  END IF;
  IF cardinality(doubtful) > 0 THEN
    RETURN QUERY
    UPDATE dispatch_assignment a
       SET status = 'in_review', submitted_at = greatest(at, a.started_at),
           decision_due_at = at + make_interval(days => (
             SELECT c.auto_accept_days::integer FROM campaigns_campaign c WHERE c.id = a.campaign_id))
     WHERE a.id = ANY (doubtful) AND a.id BETWEEN low AND high AND a.status = 'started'
    RETURNING a.id, false, a.campaign_id, a.participant_id, a.agent_id,
              a.reward_fen, a.commission_fen, a.fee_fen, a.unit_fen;
  END IF;
END
$$;
