-- Locks the budgets of these campaigns in ascending order and says what room each has. Every caller that changes
-- budgets calls this first with its whole batch: the one order in which budget rows are ever locked.
-- `open_places` and `room_fen` are what an admission may use; `is_open` is false before publishing and when
-- paused, closing or closed. Campaigns without a budget (not funded) return no row.
CREATE FUNCTION campaigns_lock_budgets_v1(ids uuid[])
RETURNS TABLE (campaign_id uuid, is_open boolean, unit_fen bigint, open_places integer, room_fen bigint)
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
  SELECT b.campaign_id, b.is_open, b.unit_fen, b.places - b.taken,
         b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen
    FROM campaigns_budget b
   WHERE b.campaign_id = ANY (ids)
   ORDER BY b.campaign_id
     FOR NO KEY UPDATE
$$;
