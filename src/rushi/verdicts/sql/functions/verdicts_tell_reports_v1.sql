-- Tells the evidence room what a statement on verdicts changed, in the same transaction and once a statement, so that
-- reports count every accepted submission however it came to be accepted: by facts, by a reviewer, by silence, on appeal.
CREATE FUNCTION verdicts_tell_reports_v1()
RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
  accepted uuid[];
  rejected uuid[];
  codes text[];
BEGIN
  SELECT array_agg(v.assignment_id) FILTER (WHERE v.outcome = 'accepted'),
         array_agg(v.assignment_id ORDER BY v.assignment_id) FILTER (WHERE v.outcome = 'rejected'),
         array_agg(v.code::text ORDER BY v.assignment_id) FILTER (WHERE v.outcome = 'rejected')
    INTO accepted, rejected, codes
    FROM made v;
  IF accepted IS NOT NULL THEN
    PERFORM evidence_accepted_v1(accepted);
  END IF;
  IF rejected IS NOT NULL THEN
    PERFORM evidence_rejected_v1(rejected, codes, 1);
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER verdicts_made AFTER INSERT ON verdicts_verdict
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION verdicts_tell_reports_v1();
