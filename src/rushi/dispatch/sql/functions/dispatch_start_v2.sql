-- Starts assignments whose lease still runs, or starts them again: item n is ids[n] of participants[n]. All get `nonce`,
-- the running proof of attention, which voids every earlier token; a start again counts as a restart.
-- One row an item comes back, in order: outcome started | not_found (not theirs) | lease_over, the campaign, and whether
-- it had been started before.
-- Never earlier than the claim, also when the clock was put back in between. One update; who does not change (whose
-- work it is, of which campaign) is read without a lock before it, the rest is looked at again only when it did not
-- move all. The index hands rows over in the order of their ids, which is the order of locks. The ids are bracketed,
-- so that only the partitions of their days are opened; OFFSET 0 keeps each look-up a look-up (a day that was empty
-- when the plan was made is else walked once an item).
CREATE FUNCTION dispatch_start_v2(ids uuid[], participants uuid[], nonce uuid, at timestamptz)
RETURNS TABLE (outcome text, campaign_id uuid, was_started boolean)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  low uuid;
  high uuid;
  theirs uuid[];
  own boolean[];
  campaigns uuid[];
  again boolean[];
  moved integer;
BEGIN
  SELECT u.id INTO low FROM unnest(ids) AS u (id) ORDER BY u.id LIMIT 1;
  SELECT u.id INTO high FROM unnest(ids) AS u (id) ORDER BY u.id DESC LIMIT 1;
  SELECT array_agg(DISTINCT r.id) FILTER (WHERE a.participant_id = r.participant),
         array_agg(coalesce(a.participant_id = r.participant, false) ORDER BY r.ord),
         array_agg(a.campaign_id ORDER BY r.ord), array_agg(a.nonce IS NOT NULL ORDER BY r.ord)
    INTO theirs, own, campaigns, again
    FROM unnest(ids, participants) WITH ORDINALITY AS r (id, participant, ord)
    LEFT JOIN LATERAL (SELECT b.participant_id, b.campaign_id, b.nonce FROM dispatch_assignment b
                        WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a ON true;

  UPDATE dispatch_assignment a
     SET status = 'started', started_at = coalesce(a.started_at, greatest(at, a.claimed_at)),
         nonce = dispatch_start_v2.nonce,
         restarts = CASE WHEN a.nonce IS NULL THEN 0 ELSE least(a.restarts + 1, 30000) END
   WHERE a.id = ANY (theirs) AND a.id BETWEEN low AND high
     AND a.status IN ('claimed', 'started') AND a.lease_expires_at > at;
  GET DIAGNOSTICS moved = ROW_COUNT;

  IF moved = cardinality(theirs) THEN
    RETURN QUERY SELECT CASE WHEN r.is_own THEN 'started' ELSE 'not_found' END, r.campaign_id, r.is_again
                   FROM unnest(own, campaigns, again) AS r (is_own, campaign_id, is_again);
  ELSE
    RETURN QUERY SELECT CASE WHEN NOT r.is_own THEN 'not_found' WHEN a.is_running THEN 'started' ELSE 'lease_over' END,
                        r.campaign_id, r.is_again
                   FROM unnest(ids, own, campaigns, again) WITH ORDINALITY AS r (id, is_own, campaign_id, is_again, ord)
                   LEFT JOIN LATERAL (SELECT b.nonce = dispatch_start_v2.nonce AS is_running FROM dispatch_assignment b
                                       WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a ON true
                  ORDER BY r.ord;
  END IF;
END
$$;
