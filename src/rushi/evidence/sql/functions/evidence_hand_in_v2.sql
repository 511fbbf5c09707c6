-- Takes in work for a whole batch: item n is assignment ids[n], watched by participants[n] under nonces[n], with the
-- facts n of the arrays; what was said is a list of its own, each entry naming the item (its ordinal) it belongs to.
-- One row an item comes back, in order: in (with the overlap found) | already | not_found | lease_over | restarted.
-- Writes facts, attention and answers of what is `in`; the caller has locked persons, budgets and assignments, and
-- changes the assignments afterwards, in the same transaction.
-- `overlap_ms` is how long this watch ran while other handed-in watches of the same person ran, by server time: a
-- person who pauses one task and does another in between overlaps nothing. Of two in one batch the later claim
-- carries the overlap. Others are looked for two days back (no lease is longer) and up to a day on.
-- `low`, `high`, `since` and `until` bound the ids, so that only the partitions of those days are opened;
-- OFFSET 0 keeps each look-up a look-up (a day that was empty when the plan was made is else walked once an item).
CREATE FUNCTION evidence_hand_in_v2(
  ids uuid[], participants uuid[], nonces uuid[], at timestamptz,
  active_from timestamptz[], active_to timestamptz[], segments text[], watched jsonb[], first_cuts text[],
  coverage_bps integer[], watched_ms integer[], hidden_ms integer[], refused_ms integer[], answer_ms integer[],
  item_counts integer[], recall_asked integer[], recall_right integer[],
  said_item integer[], said_question uuid[], said_choice text[], said_text text[])
RETURNS TABLE (item integer, outcome text, overlap_ms integer)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  sorted CONSTANT uuid[] := ARRAY(SELECT DISTINCT u.id FROM unnest(ids) AS u (id) ORDER BY 1);
  low CONSTANT uuid := sorted[1];
  high CONSTANT uuid := sorted[cardinality(sorted)];
  has_twins CONSTANT boolean := cardinality(sorted) < cardinality(ids);
  earliest CONSTANT timestamptz := (SELECT min(u.t) FROM unnest(active_from) AS u (t));
  since CONSTANT uuid := evidence_first_id_v1(earliest - interval '2 days');
  until CONSTANT uuid := evidence_first_id_v1(at + interval '1 day');
  outcomes text[];
  taken boolean[];
  fresh uuid[];
  overlap integer[];
  met record;
BEGIN
  SELECT array_agg(o.outcome ORDER BY o.ord), array_agg(o.outcome = 'in' ORDER BY o.ord),
         coalesce(array_agg(o.id) FILTER (WHERE o.outcome = 'in'), '{}')
    INTO outcomes, taken, fresh
    FROM (SELECT r.ord, r.id,
                 CASE WHEN a.participant_id IS DISTINCT FROM r.participant THEN 'not_found'
                      WHEN a.submitted_at IS NOT NULL THEN 'already'
                      WHEN has_twins AND array_position(ids, r.id) < r.ord THEN 'already'
                      WHEN a.status <> 'started' OR a.lease_expires_at <= at THEN 'lease_over'
                      WHEN a.nonce IS DISTINCT FROM r.nonce THEN 'restarted'
                      ELSE 'in' END AS outcome
            FROM unnest(ids, participants, nonces) WITH ORDINALITY AS r (id, participant, nonce, ord)
            LEFT JOIN LATERAL (SELECT b.participant_id, b.status, b.submitted_at, b.lease_expires_at, b.nonce
                                 FROM dispatch_assignment b
                                WHERE b.id = r.id AND b.id BETWEEN low AND high OFFSET 0) AS a ON true
         ) AS o;

  INSERT INTO evidence_attention (assignment_id, participant_id, active_from, active_to, segments, watched)
  SELECT r.id, r.participant, r.active_from, r.active_to, r.segments::bigint[], r.watched
    FROM unnest(ids, participants, active_from, active_to, segments, watched, taken)
           AS r (id, participant, active_from, active_to, segments, watched, is_in)
   WHERE r.is_in;

  overlap := ARRAY(SELECT CASE WHEN t.is_in THEN 0 END FROM unnest(taken) WITH ORDINALITY AS t (is_in, ord) ORDER BY t.ord);
  FOR met IN
    SELECT r.ord, evidence_overlap_ms_v1(r.segments::bigint[], array_agg(s.ms ORDER BY e.assignment_id, s.n)) AS ms
      FROM unnest(ids, participants, active_from, active_to, segments, taken) WITH ORDINALITY
             AS r (id, participant, active_from, active_to, segments, is_in, ord)
     CROSS JOIN LATERAL (
             SELECT o.assignment_id, o.segments FROM evidence_attention o
              WHERE o.participant_id = r.participant
                AND o.active_to > r.active_from
                AND o.active_from < r.active_to
                AND o.assignment_id >= since AND o.assignment_id < until
                AND o.assignment_id <> r.id
                AND (o.assignment_id < r.id OR o.assignment_id <> ALL (fresh)) OFFSET 0) AS e
     CROSS JOIN LATERAL unnest(e.segments) WITH ORDINALITY AS s (ms, n)
     WHERE r.is_in
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

  INSERT INTO evidence_answer (question_id, submission_id, choice, text)
  SELECT s.question, ids[s.item], s.choice, s.text
    FROM unnest(said_item, said_question, said_choice, said_text) AS s (item, question, choice, text)
   WHERE taken[s.item];

  DELETE FROM evidence_draft d WHERE d.assignment_id = ANY (fresh) AND d.assignment_id BETWEEN low AND high;

  RETURN QUERY SELECT r.ord::integer, r.outcome, r.overlap_ms
                 FROM unnest(outcomes, overlap) WITH ORDINALITY AS r (outcome, overlap_ms, ord);
END
$$;
