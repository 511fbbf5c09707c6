-- Tells the evidence room of verdicts that changed: only a won appeal does that. See verdicts_tell_reports_v1.
CREATE FUNCTION verdicts_tell_of_appeals_v1()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  overturned uuid[];
  codes text[];
BEGIN
  SELECT array_agg(n.assignment_id ORDER BY n.assignment_id), array_agg(o.code::text ORDER BY n.assignment_id)
    INTO overturned, codes
    FROM moved n
    JOIN was o ON o.assignment_id = n.assignment_id
   WHERE o.outcome = 'rejected' AND n.outcome = 'accepted';
  IF overturned IS NOT NULL THEN
    PERFORM evidence_accepted_v1(overturned);
    PERFORM evidence_rejected_v1(overturned, codes, -1);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER verdicts_moved AFTER UPDATE ON verdicts_verdict
  REFERENCING OLD TABLE AS was NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION verdicts_tell_of_appeals_v1();
