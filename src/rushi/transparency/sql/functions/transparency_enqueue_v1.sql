-- Enqueues what the public log must hold: subject n of kind n, which happened at `at`. Ids only. Callers run it in the
-- transaction of the verdict, payout or erasure itself. What is in the outbox already stays as it was.
-- It runs with the owner's rights: the application may read the outbox and add to it here, and nothing else.
CREATE FUNCTION transparency_enqueue_v1(kinds text[], subjects uuid[], at timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  INSERT INTO transparency_outbox (subject_id, kind, at)
  SELECT u.subject, u.kind, at
    FROM unnest(kinds, subjects) AS u (kind, subject)
   ORDER BY u.subject
      ON CONFLICT ON CONSTRAINT transparency_outbox_pkey DO NOTHING;
END
$$;
