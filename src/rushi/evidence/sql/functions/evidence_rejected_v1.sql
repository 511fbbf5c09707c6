-- Counts rejections (item n: of campaigns[n], for codes[n]; `by` = 1), or takes them back after a won appeal (`by` = -1).
-- Rejecting is people's work and rare, and the campaigns' budgets are locked: counters are moved at once, in the order
-- of their keys.
CREATE FUNCTION evidence_rejected_v1(campaigns uuid[], codes text[], by integer)
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO evidence_tally AS t (campaign_id, topic, subject, key, n)
  SELECT r.campaign, 'rejected', '', r.code, by * count(*)
    FROM unnest(campaigns, codes) AS r (campaign, code)
   GROUP BY r.campaign, r.code
   ORDER BY r.campaign, r.code
      ON CONFLICT (campaign_id, topic, subject, key) DO UPDATE SET n = t.n + EXCLUDED.n;
END
$$;
