-- Frees promised money whose appeal window ended without a payment. The budgets are locked already.
CREATE FUNCTION campaigns_release_v1(ids uuid[], fen bigint[])
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE campaigns_budget b
     SET reserved_fen = b.reserved_fen - u.fen
    FROM (SELECT id, sum(fen)::bigint AS fen
            FROM unnest(ids, fen) AS t (id, fen)
           GROUP BY id) u
   WHERE b.campaign_id = u.id
$$;
