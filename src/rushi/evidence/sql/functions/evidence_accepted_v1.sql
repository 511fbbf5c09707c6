-- Puts work that was just accepted (item n: ids[n] of campaigns[n]) into the queue of what reports have not tallied yet:
-- one row a call and campaign, and no row that two batches would wait for each other on.
CREATE FUNCTION evidence_accepted_v1(campaigns uuid[], ids uuid[])
RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO evidence_untallied (campaign_id, first_id, assignment_ids)
  SELECT u.campaign, u.ids[1], u.ids
    FROM (SELECT r.campaign, array_agg(r.id ORDER BY r.id) AS ids
            FROM unnest(campaigns, ids) AS r (campaign, id) GROUP BY r.campaign) AS u;
END
$$;
