-- Enqueues what the public log must hold: these subjects of one kind, which happened at `at`, in one row. Ids only.
-- Callers run it in the transaction of the verdict, payout or erasure itself, with what is new in that transaction (an
-- invariant finds a subject that is there twice). One subject alone that is in the outbox already stays as it was.
-- It runs with the owner's rights: the application may read the outbox and add to it here, and nothing else.
CREATE FUNCTION transparency_enqueue_v1(kind text, subjects uuid[], at timestamptz)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp
AS $$
BEGIN
  IF cardinality(subjects) = 1 THEN
    INSERT INTO transparency_outbox (first_id, kind, at, subjects) VALUES (subjects[1], kind, at, subjects)
        ON CONFLICT ON CONSTRAINT transparency_outbox_pkey DO NOTHING;
  ELSIF cardinality(subjects) > 1 THEN
    INSERT INTO transparency_outbox (first_id, kind, at, subjects) VALUES (subjects[1], kind, at, subjects);
  END IF;
END
$$;
