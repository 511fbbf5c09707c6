-- The live campaigns that a person may claim a place in at `at`, oldest first, after the cursor (published, id).
-- The same conditions as dispatch_claim_v1 admits on, except the person's own daily cap and the unverified limit.
-- Sorting is off so that the live campaigns are walked in the order of their index and the walk ends at a full page:
-- a hall costs its page, not the market.
CREATE FUNCTION dispatch_eligible_v1(
  participant uuid, at timestamptz, after_published timestamptz, after_id uuid, wanted integer)
RETURNS TABLE (campaign_id uuid, published_at timestamptz, places_left integer)
LANGUAGE sql STABLE
SET enable_sort = off SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET enable_bitmapscan = off
AS $$
  SELECT c.id, c.published_at,
         least(b.places - b.taken,
               ((b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen) / b.unit_fen))::integer
    FROM identity_participant p
    JOIN campaigns_campaign c ON c.status = 'live'
    JOIN campaigns_budget b ON b.campaign_id = c.id
   WHERE p.user_id = participant
     AND p.standing <> 'suspended'
     AND (after_published IS NULL OR (c.published_at, c.id) > (after_published, after_id))
     AND (c.closes_at IS NULL OR c.closes_at > at)
     AND b.is_open
     AND b.taken < b.places
     AND b.budget_fen - b.reserved_fen - b.spent_fen - b.refunded_fen >= b.unit_fen
     AND dispatch_matches_v1(c.regions, c.age_bands, c.genders, c.interests,
                             p.region, p.age_band, p.gender, p.interests)
     AND NOT EXISTS (SELECT FROM dispatch_participation x
                      WHERE x.campaign_id = c.id AND x.participant_id = participant)
     AND NOT EXISTS (SELECT FROM dispatch_participation x
                      WHERE x.campaign_id = ANY (c.excluded_campaigns) AND x.participant_id = participant)
     AND NOT EXISTS (SELECT FROM identity_membership m
                      WHERE m.organisation_id = c.organisation_id AND m.user_id = participant)
   ORDER BY c.published_at, c.id
   LIMIT wanted
$$;
