-- Reopens places after a rejection. The promised money stays reserved until the appeal window ends, so whoever takes
-- the place next draws on the reserve, else waits. The budgets are locked already.
CREATE FUNCTION campaigns_reject_v1(ids uuid[], counts integer[])
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE campaigns_budget b
     SET taken = b.taken - u.n
    FROM (SELECT id, sum(n)::integer AS n
            FROM unnest(ids, counts) AS t (id, n)
           GROUP BY id) u
   WHERE b.campaign_id = u.id
$$;
