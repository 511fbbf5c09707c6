-- Folds up to `wanted` untallied submissions of a campaign into its tally: a thousand answers become a few hundred
-- counters. Two folds at once take different rows and meet on the counters in the order of their keys. How many.
CREATE FUNCTION evidence_fold_v2(campaign uuid, wanted integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
  ids uuid[];
BEGIN
  WITH taken AS (
    SELECT u.assignment_id FROM evidence_untallied u
     WHERE u.campaign_id = campaign
     ORDER BY u.assignment_id LIMIT wanted FOR UPDATE SKIP LOCKED
  ), gone AS (
    DELETE FROM evidence_untallied u USING taken t
     WHERE u.campaign_id = campaign AND u.assignment_id = t.assignment_id
    RETURNING u.assignment_id
  )
  SELECT array_agg(g.assignment_id) INTO ids FROM gone g;
  IF ids IS NULL THEN
    RETURN 0;
  END IF;
  INSERT INTO evidence_tally AS t (campaign_id, topic, subject, key, n)
  SELECT campaign, c.topic, c.subject, c.key, c.n
    FROM evidence_counts_v2(campaign, ids) AS c
   ORDER BY c.topic, c.subject, c.key
      ON CONFLICT (campaign_id, topic, subject, key) DO UPDATE SET n = t.n + EXCLUDED.n;
  RETURN cardinality(ids);
END
$$;
