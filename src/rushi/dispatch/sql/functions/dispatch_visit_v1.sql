-- Count a visit to the hall by hour and segment. The key is made of both, so that a count is one upsert of one row.
-- Statistics need no durable commit of their own: the transaction that only counts does not wait for the disk.
CREATE FUNCTION dispatch_visit_v1(participant uuid, at timestamptz)
RETURNS TABLE (id uuid)
LANGUAGE sql
AS $$
  SELECT set_config('synchronous_commit', 'off', true);
  INSERT INTO dispatch_visit AS v (id, hour, region, age_band, gender, visits)
  SELECT md5('rushi:visit:' || extract(epoch FROM h.hour)::bigint || ':' || p.region || ':' || p.age_band || ':'
             || p.gender)::uuid,
         h.hour, p.region, p.age_band, p.gender, 1
    FROM identity_participant p, (SELECT date_trunc('hour', at, 'UTC') AS hour) AS h
   WHERE p.user_id = participant
      ON CONFLICT (id) DO UPDATE SET visits = v.visits + 1
  RETURNING v.id
$$;
