-- Gives claimed or started assignments back: the place reopens at once and the day's cap gives back; the
-- participation stays. Returns the ids given back by this call; a replay returns nothing and changes nothing.
CREATE FUNCTION dispatch_return_v1(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  moved uuid[];
BEGIN
  PERFORM 1 FROM campaigns_lock_budgets_v1(
    ARRAY(SELECT DISTINCT a.campaign_id FROM dispatch_assignment a WHERE a.id = ANY (ids)));
  PERFORM 1 FROM dispatch_participantday d
    WHERE d.id = ANY (ARRAY(SELECT dispatch_day_id_v1(a.participant_id, a.day)
                              FROM dispatch_assignment a WHERE a.id = ANY (ids)))
    ORDER BY d.id FOR NO KEY UPDATE;
  PERFORM 1 FROM dispatch_assignment a WHERE a.id = ANY (ids) ORDER BY a.id FOR NO KEY UPDATE;

  WITH returned AS (
    UPDATE dispatch_assignment a SET status = 'returned', closed_at = at
     WHERE a.id = ANY (ids) AND a.status IN ('claimed', 'started')
    RETURNING a.id)
  SELECT array_agg(r.id) INTO moved FROM returned r;

  UPDATE dispatch_participantday d SET claims = d.claims - u.n
    FROM (SELECT dispatch_day_id_v1(a.participant_id, a.day) AS id, count(*) AS n
            FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY 1) AS u
   WHERE d.id = u.id;
  PERFORM campaigns_give_back_v1(array_agg(u.campaign_id), array_agg(u.n), array_agg(u.fen))
     FROM (SELECT a.campaign_id, count(*)::integer AS n, sum(a.unit_fen)::bigint AS fen
             FROM dispatch_assignment a WHERE a.id = ANY (moved) GROUP BY 1) AS u
   HAVING count(*) > 0;
  RETURN QUERY SELECT unnest(moved);
END
$$;
