-- Puts work that was just accepted into the queue of what reports have not tallied yet: one narrow row each, whatever
-- the size of the campaign, and no row that two batches would wait for each other on.
CREATE FUNCTION evidence_accepted_v1(ids uuid[])
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
BEGIN
  INSERT INTO evidence_untallied (campaign_id, assignment_id)
  SELECT a.campaign_id, a.id FROM dispatch_assignment a WHERE a.id = ANY (ids) AND a.id BETWEEN low AND high;
END
$$;
