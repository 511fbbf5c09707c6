-- Reopens places after a return or an expiry: n fewer are taken and the promised fen are free again.
-- The budgets are locked already.
CREATE FUNCTION campaigns_give_back_v1(ids uuid[], counts integer[], fen bigint[])
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE campaigns_budget b
     SET taken = b.taken - u.n,
         reserved_fen = b.reserved_fen - u.fen
    FROM (SELECT id, sum(n)::integer AS n, sum(fen)::bigint AS fen
            FROM unnest(ids, counts, fen) AS t (id, n, fen)
           GROUP BY id) u
   WHERE b.campaign_id = u.id
$$;
