-- Starts assignments and begins (or begins anew) the watch of each: item n is ids[n] under nonces[n], which voids every
-- earlier token. Returns the ids that are started now; whose lease is over gets no watch.
-- The only join is of two arrays: hashed, never a loop over both.
CREATE FUNCTION evidence_start_v1(ids uuid[], nonces uuid[], at timestamptz)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  started CONSTANT uuid[] := ARRAY(SELECT dispatch_start_v1(ids, at));
BEGIN
  INSERT INTO evidence_watch AS w (assignment_id, nonce, started_at, restarts)
  SELECT DISTINCT ON (r.id) r.id, r.nonce, at, 0
    FROM unnest(ids, nonces) AS r (id, nonce)
    JOIN unnest(started) AS s (id) ON s.id = r.id
   ORDER BY r.id
      ON CONFLICT (assignment_id) DO UPDATE
     SET nonce = EXCLUDED.nonce, restarts = least(w.restarts + 1, 30000);
  RETURN QUERY SELECT unnest(started);
END
$$;
