-- Put new shadow prices in place of the old: campaigns that are not named are not open any more. Topics are joined by
-- commas, because arrays of arrays cannot be ragged. Sorted, so that two refreshes at once wait instead of deadlocking.
CREATE FUNCTION dispatch_price_v1(
  campaigns uuid[], prices float8[], steps float8[], per_hours float8[], taken integer[], topics text[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE sql
AS $$
  DELETE FROM dispatch_shadowprice WHERE campaign_id <> ALL (campaigns);
  INSERT INTO dispatch_shadowprice AS s (campaign_id, price, step, per_hour, taken, topics, refreshed_at)
  SELECT u.id, u.price, u.step, u.per_hour, u.taken, string_to_array(u.topics, ','), at
    FROM unnest(campaigns, prices, steps, per_hours, taken, topics)
         AS u (id, price, step, per_hour, taken, topics)
   ORDER BY u.id
      ON CONFLICT (campaign_id) DO UPDATE
     SET price = excluded.price, step = excluded.step, per_hour = excluded.per_hour, taken = excluded.taken,
         topics = excluded.topics, refreshed_at = excluded.refreshed_at
  RETURNING s.campaign_id
$$;
