-- Frees the money that rejections kept: of those whose appeal window passed without an appeal, and of those whose
-- appeal was upheld. An open appeal keeps its money. Returns the ids released by this call.
CREATE FUNCTION verdicts_release_v2(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  moved uuid[];
BEGIN
  PERFORM dispatch_lock_v2(ids);
  WITH released AS (
    UPDATE verdicts_verdict v SET reserve_released_at = at
     WHERE v.assignment_id = ANY (ids) AND v.outcome = 'rejected' AND v.reserve_released_at IS NULL
       AND CASE (SELECT p.status FROM verdicts_appeal p WHERE p.assignment_id = v.assignment_id)
             WHEN 'upheld' THEN true WHEN 'open' THEN false ELSE v.appeal_until <= at END
    RETURNING v.assignment_id)
  SELECT array_agg(r.assignment_id) INTO moved FROM released r;
  PERFORM campaigns_release_v1(array_agg(u.campaign_id), array_agg(u.fen))
     FROM (SELECT a.campaign_id, sum(a.unit_fen)::bigint AS fen
             FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY a.campaign_id) AS u
   HAVING count(*) > 0;
  RETURN QUERY SELECT unnest(moved);
END
$$;
