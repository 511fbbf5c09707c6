-- Writes down the state of a watch, if its nonce is still the one; the slot (three seconds of server time) keeps rows
-- few however often a token is replayed. Returns the assignment, or nothing when the watch was started elsewhere.
CREATE FUNCTION evidence_checkpoint_v1(
  assignment uuid, watch_nonce uuid, slot integer, at timestamptz, covered integer, hidden integer, refused integer,
  state jsonb)
RETURNS SETOF uuid
LANGUAGE plpgsql
SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
  INSERT INTO evidence_checkpoint AS c
         (assignment_id, slot, nonce, at, covered_ms, hidden_ms, refused_ms, state)
  SELECT a.id, slot, a.nonce, at, covered, hidden, refused, state
    FROM dispatch_assignment a
   WHERE a.id = assignment AND a.nonce = watch_nonce
      ON CONFLICT ON CONSTRAINT evidence_checkpoint_pkey DO UPDATE
     SET nonce = EXCLUDED.nonce, at = EXCLUDED.at, covered_ms = EXCLUDED.covered_ms, hidden_ms = EXCLUDED.hidden_ms,
         refused_ms = EXCLUDED.refused_ms, state = EXCLUDED.state
  RETURNING c.assignment_id;
END
$$;
