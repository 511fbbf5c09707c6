-- Looks at every live campaign at once: how long it has been open, how many places accepted work filled, and whether
-- it lags. A sweep calls it every minute; it reads budgets without locking them and writes its own rows only.
-- Open time grows by no more than a quarter of an hour a look, so that pauses and standstills do not count.
-- The pace is counted from a mark 12 to 24 hours of open time back; a mark moves on when the next is 12 hours old.
-- Alarms, the most pressing one: reserve (places wait, no money is free for one) | deadline (at this pace under 95 %
-- by closes_at) | quote (under 80 % of the low end of what was quoted, for the first 24 hours or until a nearer deadline;
-- over 90 % clears); both after two hours, or a quarter of the quoted time where that is less |
-- stalled (nothing accepted for six hours though places are open). `alarm_since` stays while the alarm stays.
CREATE FUNCTION dispatch_watch_pace_v1(at timestamptz)
RETURNS TABLE (campaign_id uuid, alarm text)
LANGUAGE sql VOLATILE
AS $$
  WITH seen AS (
    SELECT c.id, c.closes_at, b.places, b.accepted - b.overturned AS delivered,
           b.places - b.taken AS open_places,
           (b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen AS affordable,
           coalesce(p.open_seconds + least(900, greatest(0, extract(epoch FROM at - p.looked_at)::bigint)),
                    greatest(0, extract(epoch FROM at - c.published_at)::bigint)) AS open_seconds,
           coalesce(p.mark_seconds, 0) AS mark_seconds, coalesce(p.mark_delivered, 0) AS mark_delivered,
           coalesce(p.next_seconds, 0) AS next_seconds, coalesce(p.next_delivered, 0) AS next_delivered,
           greatest(coalesce(p.peak_taken, 0), b.taken) AS peak_taken, p.quoted_low, p.alarm AS alarm_before, p.alarm_since,
           least(86400, greatest(3600, coalesce(extract(epoch FROM c.closes_at - coalesce(p.quoted_at, c.published_at)), 86400)))
             AS quoted_seconds
      FROM campaigns_campaign c
      JOIN campaigns_budget b ON b.campaign_id = c.id
      LEFT JOIN dispatch_pace p ON p.campaign_id = c.id
     WHERE c.status = 'live' AND c.published_at IS NOT NULL
  ), paced AS (
    SELECT s.*, s.delivered - s.mark_delivered AS window_delivered, s.open_seconds - s.mark_seconds AS window_seconds,
           s.open_seconds - s.next_seconds >= 43200 AS is_next,
           CASE WHEN s.quoted_low IS NOT NULL
                THEN least(s.places, s.quoted_low * least(1, s.open_seconds / s.quoted_seconds)) END AS expected,
           least(7200, s.quoted_seconds / 4) AS patience_seconds
      FROM seen s
  ), judged AS (
    SELECT p.*,
           CASE WHEN p.delivered >= p.places THEN ''
                WHEN p.open_places > 0 AND p.affordable < 1 THEN 'reserve'
                WHEN p.open_seconds >= p.patience_seconds AND p.window_seconds > 0 AND p.closes_at IS NOT NULL
                 AND p.delivered + p.window_delivered::numeric / p.window_seconds
                                   * greatest(0, extract(epoch FROM p.closes_at - at)) < 0.95 * p.places
                THEN 'deadline'
                WHEN p.open_seconds >= p.patience_seconds
                 AND p.delivered < p.expected * CASE p.alarm_before WHEN 'quote' THEN 0.9 ELSE 0.8 END - 4
                THEN 'quote'
                WHEN p.open_places > 0 AND p.window_delivered <= 0 AND p.window_seconds >= 21600 THEN 'stalled'
                ELSE '' END AS alarm
      FROM paced p
  ), ended AS (
    UPDATE dispatch_pace p SET alarm = '', alarm_since = NULL
      FROM campaigns_campaign c
     WHERE p.alarm <> '' AND c.id = p.campaign_id AND c.status <> 'live'
  )
  INSERT INTO dispatch_pace AS p (
         campaign_id, looked_at, open_seconds, mark_seconds, mark_delivered, next_seconds, next_delivered, peak_taken,
         alarm, alarm_since)
  SELECT j.id, at, j.open_seconds,
         CASE WHEN j.is_next THEN j.next_seconds ELSE j.mark_seconds END,
         CASE WHEN j.is_next THEN j.next_delivered ELSE j.mark_delivered END,
         CASE WHEN j.is_next THEN j.open_seconds ELSE j.next_seconds END,
         CASE WHEN j.is_next THEN j.delivered ELSE j.next_delivered END,
         j.peak_taken, j.alarm,
         CASE WHEN j.alarm = '' THEN NULL WHEN j.alarm = j.alarm_before THEN coalesce(j.alarm_since, at) ELSE at END
    FROM judged j
   ORDER BY j.id
      ON CONFLICT (campaign_id) DO UPDATE
     SET looked_at = EXCLUDED.looked_at, open_seconds = EXCLUDED.open_seconds,
         mark_seconds = EXCLUDED.mark_seconds, mark_delivered = EXCLUDED.mark_delivered,
         next_seconds = EXCLUDED.next_seconds, next_delivered = EXCLUDED.next_delivered,
         peak_taken = EXCLUDED.peak_taken, alarm = EXCLUDED.alarm, alarm_since = EXCLUDED.alarm_since
  RETURNING p.campaign_id, p.alarm::text
$$;
