-- How a day's tasks and their pay fell on four quarters of the people who claimed, from those with the fewest tasks up.
-- Days of fewer than twenty people are not kept: a quarter would be a handful.
CREATE FUNCTION dispatch_fairness_v1(wanted date)
RETURNS TABLE (day date)
LANGUAGE sql
AS $$
  INSERT INTO dispatch_fairness AS f (day, people, tasks_bps, rewards_bps)
  SELECT wanted, sum(q.people),
         array_agg((q.claims * 10000 / greatest(1, q.all_claims))::integer ORDER BY q.quarter),
         array_agg((q.fen * 10000 / greatest(1, q.all_fen))::integer ORDER BY q.quarter)
    FROM (SELECT quarter, count(*) AS people, sum(claims) AS claims, sum(held_fen) AS fen,
                 sum(sum(claims)) OVER () AS all_claims, sum(sum(held_fen)) OVER () AS all_fen
            FROM (SELECT claims, held_fen, ntile(4) OVER (ORDER BY claims, held_fen, participant_id) AS quarter
                    FROM dispatch_participantday d WHERE d.day = wanted AND claims > 0) AS p
           GROUP BY quarter) AS q
  HAVING sum(q.people) >= 20
      ON CONFLICT (day) DO NOTHING
  RETURNING f.day
$$;
