-- Keeps dispatch_undecided: handed-in work that waits for a decision, whoever moves it and by whatever statement, so
-- that desks and deadlines find it without an index on a column that changes with every step of every assignment.
-- What a desk asks of each (whose, which campaign, which agent) stands here too: joined to all days of assignments it
-- would be read from all of them. Work that is judged at once never comes here; the condition of the trigger costs it a
-- comparison.
CREATE FUNCTION dispatch_undecided_v1()
RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF NEW.status IN ('submitted', 'in_review') THEN
    INSERT INTO dispatch_undecided (assignment_id, status, due_at, campaign_id, participant_id, agent_id)
    VALUES (NEW.id, NEW.status, NEW.decision_due_at, NEW.campaign_id, NEW.participant_id, NEW.agent_id)
        ON CONFLICT (assignment_id) DO UPDATE SET status = EXCLUDED.status, due_at = EXCLUDED.due_at;
  ELSE
    DELETE FROM dispatch_undecided WHERE assignment_id = NEW.id;
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER dispatch_undecided_moved AFTER UPDATE OF status ON dispatch_assignment
  FOR EACH ROW
  WHEN (OLD.status IS DISTINCT FROM NEW.status
        AND (OLD.status IN ('submitted', 'in_review') OR NEW.status IN ('submitted', 'in_review')))
  EXECUTE FUNCTION dispatch_undecided_v1();

CREATE TRIGGER dispatch_undecided_made AFTER INSERT ON dispatch_assignment
  FOR EACH ROW
  WHEN (NEW.status IN ('submitted', 'in_review'))
  EXECUTE FUNCTION dispatch_undecided_v1();
