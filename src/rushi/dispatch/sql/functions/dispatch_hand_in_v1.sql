-- Hands in started assignments, all of them `in` by dispatch_at_hand of the same transaction: `accepted` ones are
-- decided at once, `doubtful` ones wait for a reviewer until silence accepts them (only who waits has a day when
-- waiting ends). Never earlier than the start, also when the clock was put back in between.
-- Raises serialization_failure, which is tried again, when one of them is not to be handed in any more.
-- By key only, one update an outcome: joined to the arrays, a day that was empty when the plan was made is walked once
-- an item. Called from verdicts_hand_in alone, which sets how plans are made.
CREATE FUNCTION dispatch_hand_in_v1(accepted uuid[], doubtful uuid[], at timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(accepted || doubtful) AS u (id) ORDER BY u.id LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(accepted || doubtful) AS u (id) ORDER BY u.id DESC LIMIT 1);
  moved integer := 0;
  more integer := 0;
BEGIN
  IF cardinality(accepted) > 0 THEN
    UPDATE dispatch_assignment a
       SET status = 'accepted', submitted_at = greatest(at, a.started_at), closed_at = at
     WHERE a.id = ANY (accepted) AND a.id BETWEEN low AND high AND a.status = 'started';
    GET DIAGNOSTICS moved = ROW_COUNT;
  END IF;
  IF cardinality(doubtful) > 0 THEN
    UPDATE dispatch_assignment a
       SET status = 'in_review', submitted_at = greatest(at, a.started_at),
           decision_due_at = at + make_interval(days => (
             SELECT c.auto_accept_days::integer FROM campaigns_campaign c WHERE c.id = a.campaign_id))
     WHERE a.id = ANY (doubtful) AND a.id BETWEEN low AND high AND a.status = 'started';
    GET DIAGNOSTICS more = ROW_COUNT;
  END IF;
  IF moved + more < cardinality(accepted) + cardinality(doubtful) THEN
    RAISE EXCEPTION 'work was moved by somebody else while it was handed in' USING ERRCODE = '40001';
  END IF;
END
$$;
