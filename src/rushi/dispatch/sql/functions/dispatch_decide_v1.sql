-- Moves handed-in assignments to accepted, rejected or in_review, and rejected ones to accepted (an appeal won).
-- Verdicts call it with budgets and assignments locked (dispatch_lock_v1). Returns what changed; a replay nothing.
CREATE FUNCTION dispatch_decide_v1(ids uuid[], from_statuses text[], to_status text, at timestamptz)
RETURNS SETOF uuid
LANGUAGE sql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
  UPDATE dispatch_assignment a
     SET status = to_status,
         closed_at = CASE WHEN to_status = 'in_review' THEN NULL ELSE at END
   WHERE a.id = ANY (ids)
     AND a.status = ANY (from_statuses)
     AND (a.status IN ('submitted', 'in_review') AND to_status IN ('accepted', 'rejected', 'in_review')
          OR a.status = 'rejected' AND to_status = 'accepted')
  RETURNING a.id
$$;
