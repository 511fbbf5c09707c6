-- Locks the persons of these assignments, ascending: first of all locks of whoever is going to pay them.
CREATE FUNCTION dispatch_lock_people_v1(ids uuid[]) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT i FROM unnest(ids) AS t (i) ORDER BY i);
  first CONSTANT uuid := sorted[1];
  last CONSTANT uuid := sorted[cardinality(sorted)];
BEGIN
  PERFORM 1 FROM identity_participant p
    WHERE p.user_id = ANY (ARRAY(
      SELECT DISTINCT a.participant_id FROM dispatch_assignment a
       WHERE a.id = ANY (sorted) AND a.id BETWEEN first AND last))
    ORDER BY p.user_id FOR NO KEY UPDATE;
END
$$;
