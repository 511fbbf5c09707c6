-- Locks participant-days in the one order, by day and person; whoever changes them and then assignments calls this first.
CREATE FUNCTION dispatch_lock_days_v1(people uuid[], days date[])
RETURNS void
LANGUAGE plpgsql  -- planned as its caller sets
AS $$
BEGIN
  PERFORM 1
     FROM (SELECT DISTINCT t.day, t.person FROM unnest(people, days) AS t (person, day) ORDER BY 1, 2) AS t
    CROSS JOIN LATERAL (SELECT FROM dispatch_participantday d
                         WHERE d.participant_id = t.person AND d.day = t.day FOR NO KEY UPDATE) AS l;
END
$$;
