-- Settles work whose rejection was overturned: paid from the money that stayed reserved. It needs no place, because
-- its own was reopened by the rejection and may be taken by somebody else; `overturned` keeps the count apart.
-- The budgets are locked already.
CREATE FUNCTION campaigns_spend_overturned_v1(ids uuid[], counts integer[], reserved_fen bigint[], spent_fen bigint[])
RETURNS void
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  UPDATE campaigns_budget b
     SET accepted = b.accepted + u.n,
         overturned = b.overturned + u.n,
         reserved_fen = b.reserved_fen - u.promised,
         spent_fen = b.spent_fen + u.spent
    FROM (SELECT id, sum(n)::integer AS n, sum(promised)::bigint AS promised,
                 sum(spent)::bigint AS spent
            FROM unnest(ids, counts, reserved_fen, spent_fen) AS t (id, n, promised, spent)
           GROUP BY id) u
   WHERE b.campaign_id = u.id
$$;
