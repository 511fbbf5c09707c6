-- Folds untallied submissions of a campaign into its tally, up to the first batch that makes it `wanted` or more: a
-- thousand answers become a few hundred counters. Two folds at once take different rows and meet on the counters in
-- the order of their keys. How many.
CREATE FUNCTION evidence_fold_v1(campaign uuid, wanted integer)
RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
  ids uuid[] := '{}';
  batch record;
BEGIN
  FOR batch IN
    SELECT u.first_id, u.assignment_ids FROM evidence_untallied u
     WHERE u.campaign_id = campaign ORDER BY u.first_id FOR UPDATE SKIP LOCKED
  LOOP
    EXIT WHEN cardinality(ids) >= wanted;
    DELETE FROM evidence_untallied u WHERE u.campaign_id = campaign AND u.first_id = batch.first_id;
    ids := ids || batch.assignment_ids;
  END LOOP;
  IF ids = '{}' THEN
    RETURN 0;
  END IF;
  INSERT INTO evidence_tally AS t (campaign_id, topic, subject, key, n)
  SELECT campaign, c.topic, c.subject, c.key, c.n
    FROM evidence_counts_v1(campaign, ids) AS c
   ORDER BY c.topic, c.subject, c.key
      ON CONFLICT (campaign_id, topic, subject, key) DO UPDATE SET n = t.n + EXCLUDED.n;
  RETURN cardinality(ids);
END
$$;
