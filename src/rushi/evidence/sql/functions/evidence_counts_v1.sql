-- Counts what these accepted submissions of one campaign say, as rows of evidence_tally: the one definition of a tally,
-- used to fold, to count what is not folded yet, and to recount everything. The main question (of the segments) is the
-- preference of a comparison, else the reaction. Whoever was within 250 ms of the end of a clip saw it: players stop
-- that much short. Seconds of work are rounded: a median over them is at most half a second off.
-- Look-ups only (OFFSET 0 keeps each a look-up, `low` and `high` keep to the days at hand): its time grows with the
-- submissions it is given and with nothing else.
CREATE FUNCTION evidence_counts_v1(campaign uuid, ids uuid[])
RETURNS TABLE (topic text, subject text, key text, n bigint)
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
BEGIN
  RETURN QUERY
  WITH asked AS (
    SELECT q.id, q.kind, q.id = first_value(q.id) OVER (ORDER BY q.kind NOT IN ('preference', 'reaction'),
                                                       q.kind <> 'preference', q.position) AS is_main
      FROM campaigns_question q
     WHERE q.campaign_id = campaign AND q.kind <> 'text'
  ), done AS MATERIALIZED (
    SELECT a.id, a.region, a.age_band, a.gender, s.first_cut,
           round((s.watched_ms + s.answer_ms) / 1000.0)::bigint AS seconds
      FROM unnest(ids) AS u (id)
     CROSS JOIN LATERAL (SELECT b.id, b.region, b.age_band, b.gender FROM dispatch_assignment b
                          WHERE b.id = u.id AND b.id BETWEEN low AND high OFFSET 0) AS a
     CROSS JOIN LATERAL (SELECT e.watched_ms, e.answer_ms, e.first_cut
                           FROM evidence_submission e
                          WHERE e.assignment_id = u.id AND e.assignment_id BETWEEN low AND high OFFSET 0) AS s
  ), said AS MATERIALIZED (
    SELECT d.region, d.age_band, d.gender, d.first_cut, q.id, q.kind, q.is_main, w.choice
      FROM done d
     CROSS JOIN LATERAL (SELECT x.questions, x.choices FROM evidence_answers x
                          WHERE x.assignment_id = d.id AND x.assignment_id BETWEEN low AND high OFFSET 0) AS g
     CROSS JOIN LATERAL unnest(g.questions, g.choices) AS w (question, choice)
      JOIN asked q ON q.id = w.question
     WHERE w.choice <> ''
  ), looked AS MATERIALIZED (
    SELECT f.cut, f.duration_ms,
           CASE WHEN f.left_at_ms >= f.duration_ms - 250 THEN 'end' ELSE (f.left_at_ms / 1000)::text END AS left_in
      FROM done d
     CROSS JOIN LATERAL (SELECT l.cut, l.left_at_ms, l.duration_ms
                           FROM evidence_freelook l
                          WHERE l.assignment_id = d.id AND l.assignment_id BETWEEN low AND high OFFSET 0) AS f
  )
  SELECT 'choice'::text, s.id::text, s.choice::text, count(*) FROM said s GROUP BY s.id, s.choice
   UNION ALL
  SELECT CASE WHEN grouping(s.region) = 0 THEN 'region' WHEN grouping(s.age_band) = 0 THEN 'age_band'
              ELSE 'gender' END,
         coalesce(s.region, s.age_band, s.gender)::text, s.choice::text, count(*)
    FROM said s WHERE s.is_main
   GROUP BY GROUPING SETS ((s.region, s.choice), (s.age_band, s.choice), (s.gender, s.choice))
   UNION ALL
  SELECT 'first', s.first_cut::text, s.choice::text, count(*)
    FROM said s WHERE s.is_main AND s.kind = 'preference' GROUP BY s.first_cut, s.choice
   UNION ALL
  SELECT 'look', l.cut::text, l.left_in, count(*) FROM looked l GROUP BY l.cut, l.left_in
   UNION ALL
  SELECT 'duration', l.cut::text, l.duration_ms::text, count(*) FROM looked l GROUP BY l.cut, l.duration_ms
   UNION ALL
  SELECT 'seconds', '', d.seconds::text, count(*) FROM done d GROUP BY d.seconds;
END
$$;
