-- Gives claimed or started assignments back: the place reopens at once and the day's cap gives back (dispatch_count);
-- the participation stays. Returns the ids given back by this call; a replay returns nothing and changes nothing.
-- Locks budgets, participant-days and assignments in this order, each ascending; the ids are bracketed, so that only
-- the partitions of their days are opened.
CREATE FUNCTION dispatch_return_v2(ids uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT i FROM unnest(ids) AS t (i) ORDER BY i);
  first CONSTANT uuid := sorted[1];
  last CONSTANT uuid := sorted[cardinality(sorted)];
  campaigns uuid[];
  people uuid[];
  days date[];
  moved uuid[];
  fen bigint[];
BEGIN
  SELECT array_agg(a.campaign_id), array_agg(a.participant_id), array_agg(a.day) INTO campaigns, people, days
    FROM dispatch_assignment a WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last;
  PERFORM campaigns_lock_budgets_v2(campaigns);
  PERFORM dispatch_lock_days_v1(people, days);

  WITH returned AS (
    UPDATE dispatch_assignment a SET status = 'returned', closed_at = at
     WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last AND a.status IN ('claimed', 'started')
    RETURNING a.id, a.campaign_id, a.unit_fen)
  SELECT array_agg(r.id), array_agg(r.campaign_id), array_agg(r.unit_fen) INTO moved, campaigns, fen FROM returned r;
  PERFORM campaigns_give_back_v2(campaigns, array_fill(1, ARRAY[cardinality(moved)]), fen) WHERE moved IS NOT NULL;
  RETURN QUERY SELECT unnest(moved);
END
$$;
