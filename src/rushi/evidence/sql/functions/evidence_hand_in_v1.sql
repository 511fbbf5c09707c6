-- Takes in work for a whole batch: item n is assignment ids[n] of campaigns[n], watched by participants[n], with the
-- facts n of the arrays and what was said (array literals of questions, choices and texts; texts are '{}' when nobody
-- wrote anything). Writes facts, attention and answers of the items that are `taken`; ids of these are distinct, and
-- the caller has locked their persons and budgets and changes the assignments in the same transaction.
-- Answers with the overlap in milliseconds of every item taken, in order, null of the others: how long this watch ran
-- while other handed-in watches of the same person ran, by server time. A person who pauses one task and does another
-- in between overlaps nothing. Of two in one batch the later claim carries the overlap. Others are looked for two days
-- back (no lease is longer) and ten minutes on (clocks differ by less); bounds on ids open these partitions only.
-- OFFSET 0 keeps each look-up a look-up (a day that was empty when the plan was made is else walked once an item).
-- Called from verdicts_hand_in alone, which sets how plans are made.
CREATE FUNCTION evidence_hand_in_v1(
  ids uuid[], participants uuid[], campaigns uuid[], taken boolean[], at timestamptz,
  active_from timestamptz[], active_to timestamptz[], segments text[], watched jsonb[], first_cuts text[],
  coverage_bps integer[], watched_ms integer[], hidden_ms integer[], refused_ms integer[], answer_ms integer[],
  item_counts integer[], recall_asked integer[], recall_right integer[],
  said_questions text[], said_choices text[], said_texts text[])
RETURNS integer[]
LANGUAGE plpgsql
AS $$
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY u.id LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY u.id DESC LIMIT 1);
  fresh CONSTANT uuid[] := ARRAY(SELECT r.id FROM unnest(ids, taken) AS r (id, is_taken) WHERE r.is_taken);
  since CONSTANT uuid := evidence_first_id_v1((SELECT min(u.t) FROM unnest(active_from) AS u (t)) - interval '2 days');
  until CONSTANT uuid := evidence_first_id_v1(at + interval '10 minutes');
  overlap integer[] := ARRAY(SELECT CASE WHEN t.is_taken THEN 0 END FROM unnest(taken) AS t (is_taken));
  met record;
BEGIN
  INSERT INTO evidence_attention (assignment_id, participant_id, active_from, active_to, segments, watched)
  SELECT r.id, r.participant, r.active_from, r.active_to, r.segments::bigint[], r.watched
    FROM unnest(ids, participants, active_from, active_to, segments, watched, taken)
           AS r (id, participant, active_from, active_to, segments, watched, is_taken)
   WHERE r.is_taken;

  FOR met IN
    SELECT r.ord, evidence_overlap_ms_v1(r.segments::bigint[], array_agg(s.ms ORDER BY e.assignment_id, s.n)) AS ms
      FROM unnest(ids, participants, active_from, active_to, segments, taken) WITH ORDINALITY
             AS r (id, participant, active_from, active_to, segments, is_taken, ord)
     CROSS JOIN LATERAL (
             SELECT o.assignment_id, o.segments FROM evidence_attention o
              WHERE o.participant_id = r.participant
                AND o.active_to > r.active_from
                AND o.active_from < r.active_to
                AND o.assignment_id >= since AND o.assignment_id < until
                AND o.assignment_id <> r.id
                AND (o.assignment_id < r.id OR o.assignment_id <> ALL (fresh)) OFFSET 0) AS e
     CROSS JOIN LATERAL unnest(e.segments) WITH ORDINALITY AS s (ms, n)
     WHERE r.is_taken
     GROUP BY r.ord, r.segments
  LOOP
    overlap[met.ord] := met.ms;
  END LOOP;

  INSERT INTO evidence_submission (
         assignment_id, submitted_at, active_from, active_to, watched_ms, hidden_ms, refused_ms, overlap_ms, answer_ms,
         coverage_bps, item_count, recall_asked, recall_right, first_cut)
  SELECT r.id, at, r.active_from, r.active_to, r.watched_ms, r.hidden_ms, r.refused_ms, r.overlap_ms, r.answer_ms,
         r.coverage_bps, r.items, r.asked, r.correct, r.first_cut
    FROM unnest(ids, active_from, active_to, watched_ms, hidden_ms, refused_ms, overlap, answer_ms, coverage_bps,
                item_counts, recall_asked, recall_right, first_cuts)
           AS r (id, active_from, active_to, watched_ms, hidden_ms, refused_ms, overlap_ms, answer_ms, coverage_bps,
                 items, asked, correct, first_cut)
   WHERE r.overlap_ms IS NOT NULL;

  INSERT INTO evidence_answers (assignment_id, campaign_id, questions, choices, texts)
  SELECT r.id, r.campaign, r.questions::uuid[], r.choices::text[], r.texts::text[]
    FROM unnest(ids, campaigns, said_questions, said_choices, said_texts, taken)
           AS r (id, campaign, questions, choices, texts, is_taken)
   WHERE r.is_taken;

  DELETE FROM evidence_draft d WHERE d.assignment_id = ANY (fresh) AND d.assignment_id BETWEEN low AND high;
  RETURN overlap;
END
$$;
