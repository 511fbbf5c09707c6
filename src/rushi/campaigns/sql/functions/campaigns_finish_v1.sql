-- One step towards the end for many campaigns at once: closes those that are live or paused and have all they wanted or
-- are past their date, refunds what closing ones no longer need, and ends those that promise nothing any more. One row
-- for each that took a step: has it closed now, what was refunded, has it ended.
-- Exactly once by the locks: what is free is read and booked under the budget's lock, and the refund's entry derives
-- from what had been refunded before. Locks campaigns, budgets, accounts, each ascending over the whole batch, and looks
-- again under the locks: a campaign that grew in the meantime stays open.
CREATE FUNCTION campaigns_finish_v1(ids uuid[], actor uuid, at timestamptz)
RETURNS TABLE (campaign_id uuid, has_closed boolean, refunded_fen bigint, has_ended boolean)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  closed uuid[];
  ended uuid[];
  paid uuid[];
  owners uuid[];
  amounts bigint[];
  subjects uuid[];
  entries uuid[];
BEGIN
  PERFORM 1 FROM campaigns_campaign c WHERE c.id = ANY (ids) ORDER BY c.id FOR NO KEY UPDATE;
  PERFORM campaigns_lock_budgets_v2(ids);

  WITH moved AS (
    UPDATE campaigns_campaign c SET status = 'closing'
     WHERE c.id = ANY (ids) AND c.status IN ('live', 'paused')
       AND (c.closes_at <= at
            OR EXISTS (SELECT FROM campaigns_budget b WHERE b.campaign_id = c.id AND b.accepted >= b.places + b.overturned))
    RETURNING c.id)
  SELECT array_agg(m.id) INTO closed FROM moved m;
  UPDATE campaigns_budget b SET is_open = false WHERE b.campaign_id = ANY (closed);

  SELECT array_agg(f.id), array_agg(f.organisation_id), array_agg(f.fen),
         array_agg(md5('rushi:refund:' || f.id || ':' || f.refunded_fen || ':' || f.spent_fen)::uuid)
    INTO paid, owners, amounts, subjects
    FROM (SELECT c.id, c.organisation_id, b.refunded_fen, b.spent_fen,
                 b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen AS fen
            FROM campaigns_campaign c
           CROSS JOIN LATERAL (SELECT * FROM campaigns_budget b WHERE b.campaign_id = c.id OFFSET 0) AS b
           WHERE c.id = ANY (ids) AND c.status = 'closing') AS f
   WHERE f.fen > 0;
  IF paid IS NOT NULL THEN
    UPDATE campaigns_budget b SET refunded_fen = b.refunded_fen + r.fen
      FROM unnest(paid, amounts) AS r (id, fen) WHERE b.campaign_id = r.id;
    entries := ARRAY(SELECT ledger_entry_id_v1('refund', s) FROM unnest(subjects) AS t (s));
    ASSERT cardinality(paid) = (
      SELECT count(*) FROM ledger_post_v2(
        entries, array_fill('refund'::text, ARRAY[cardinality(paid)]), subjects, actor, at,
        entries || entries,
        array_fill('escrow'::text, ARRAY[cardinality(paid)]) || array_fill('advertiser'::text, ARRAY[cardinality(paid)]),
        paid || owners, ARRAY(SELECT -a FROM unnest(amounts) AS t (a)) || amounts)), 'a refund was in the books already';
    PERFORM transparency_enqueue_v1('refund', subjects, at);
  END IF;

  WITH moved AS (
    UPDATE campaigns_campaign c SET status = 'closed', closed_at = at
     WHERE c.id = ANY (ids) AND c.status = 'closing'
       AND EXISTS (SELECT FROM campaigns_budget b WHERE b.campaign_id = c.id AND b.reserved_fen = 0)
    RETURNING c.id)
  SELECT array_agg(m.id) INTO ended FROM moved m;

  RETURN QUERY
  SELECT s.id, bool_or(s.what = 'closed'), coalesce(sum(s.fen), 0)::bigint, bool_or(s.what = 'ended')
    FROM (SELECT t.id, 'closed' AS what, 0 AS fen FROM unnest(closed) AS t (id)
           UNION ALL SELECT t.id, 'refunded', t.fen FROM unnest(paid, amounts) AS t (id, fen)
           UNION ALL SELECT t.id, 'ended', 0 FROM unnest(ended) AS t (id)) AS s
   GROUP BY s.id ORDER BY s.id;
END
$$;
