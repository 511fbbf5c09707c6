-- Counts rejections by code (`by` = 1), or takes them back after a won appeal (`by` = -1). Rejecting is people's work and
-- rare, and the campaigns' budgets are locked: counters are moved at once, in the order of their keys.
CREATE FUNCTION evidence_rejected_v1(ids uuid[], codes text[], by integer)
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  INSERT INTO evidence_tally AS t (campaign_id, topic, subject, key, n)
  SELECT a.campaign_id, 'rejected', '', r.code, by * count(*)
    FROM unnest(ids, codes) AS r (id, code)
    JOIN dispatch_assignment a ON a.id = r.id
   GROUP BY a.campaign_id, r.code
   ORDER BY a.campaign_id, r.code
      ON CONFLICT (campaign_id, topic, subject, key) DO UPDATE SET n = t.n + EXCLUDED.n
$$;
