-- Every place that a person may claim at `at`, packed: one byte string of equal rows, so that two thousand offers cost
-- the client one value to read (rushi.dispatch.hall reads it). The same conditions as the claim admits on, except the
-- person's own daily cap and the unverified limit. A price that is not refreshed any more drifts no further than an hour.
CREATE FUNCTION dispatch_offers_v1(participant uuid, at timestamptz, kind text, OUT offers bytea)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan SET enable_mergejoin = off SET jit = off
AS $$
DECLARE
  person record;
  own uuid[];
BEGIN
  SELECT p.region, p.age_band, p.gender, p.interests INTO person
    FROM identity_participant p WHERE p.user_id = participant AND p.standing <> 'suspended';
  IF NOT FOUND THEN
    RETURN;
  END IF;
  own := ARRAY(SELECT m.organisation_id FROM identity_membership m WHERE m.user_id = participant);
  SELECT string_agg(
           uuid_send(c.id)
           || int8send((extract(epoch FROM c.published_at) * 1000000)::bigint)
           || int8send(c.reward_fen)
           || int4send(c.expected_seconds)
           || int4send(b.places)
           || int4send(b.taken)
           || int4send((coalesce(s.topics, c.interests) && person.interests)::integer)
           || float8send(coalesce(s.price, 0))
           || float8send(coalesce(s.step, 0))
           || float8send(coalesce(s.per_hour * least(1, extract(epoch FROM at - s.refreshed_at) / 3600), 0))
           || int4send(b.taken - coalesce(s.taken, b.taken)), ''::bytea)
    INTO offers
    FROM campaigns_campaign c
    JOIN campaigns_budget b ON b.campaign_id = c.id
    LEFT JOIN dispatch_shadowprice s ON s.campaign_id = c.id
   WHERE c.status = 'live'
     AND (dispatch_offers_v1.kind = '' OR c.kind = dispatch_offers_v1.kind)
     AND (c.closes_at IS NULL OR c.closes_at > at)
     AND b.is_open
     AND b.taken < b.places
     AND b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen >= b.unit_fen
     AND dispatch_matches_v1(c.regions, c.age_bands, c.genders, c.interests,
                             person.region, person.age_band, person.gender, person.interests)
     AND c.organisation_id <> ALL (own)
     AND NOT EXISTS (SELECT FROM dispatch_participation x
                      WHERE x.campaign_id = c.id AND x.participant_id = participant)
     AND (c.excluded_campaigns = '{}'
          OR NOT EXISTS (SELECT FROM dispatch_participation x
                          WHERE x.campaign_id = ANY (c.excluded_campaigns) AND x.participant_id = participant));
END
$$;
