-- Rejects work: the place reopens, the money stays reserved until `appeal_until` has passed (or the appeal is
-- decided), so whoever takes the place draws on the reserve or waits. Returns the ids rejected by this call.
CREATE FUNCTION verdicts_reject_v2(
  ids uuid[], code text, reason text, actor uuid, at timestamptz, appeal_until timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  moved uuid[];
  campaigns uuid[];
BEGIN
  PERFORM dispatch_lock_v2(ids);
  moved := ARRAY(SELECT dispatch_decide_v1(ids, ARRAY['submitted', 'in_review'], 'rejected', at));
  IF cardinality(moved) > 0 THEN
    campaigns := ARRAY(SELECT a.campaign_id FROM dispatch_assignment a WHERE a.id = ANY (moved));
    PERFORM campaigns_reject_v1(array_agg(u.campaign), array_agg(u.n))
       FROM (SELECT r.campaign, count(*)::integer AS n FROM unnest(campaigns) AS r (campaign) GROUP BY r.campaign) AS u;
    INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at, appeal_until)
    SELECT m, 'rejected', 'reviewer', code, reason, actor, at, appeal_until FROM unnest(moved) AS m;
    PERFORM evidence_rejected_v1(campaigns, array_fill(code, ARRAY[cardinality(campaigns)]), 1);
    PERFORM transparency_enqueue_v1('rejection', moved, at);
  END IF;
  RETURN QUERY SELECT unnest(moved);
END
$$;
