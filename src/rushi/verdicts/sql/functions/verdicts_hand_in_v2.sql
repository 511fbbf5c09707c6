-- Hands in, judges on the facts and pays, for one or a thousand in one call. Item n is assignment ids[n], watched by
-- participants[n] under nonces[n]; the arrays from active_from to recall_right are its facts, answer_ms_min is what its
-- questions take at least; said_* is what was said, which passes through to the evidence room and is read by nobody
-- here. The last three are the thresholds of verdicts.rules.
-- One row an item comes back, in order: accepted (paid) | in_review | already (handed in before, or twice in this
-- batch) | not_found (not theirs) | lease_over | restarted (the watch began anew elsewhere).
-- Locks persons (two hand-ins of one person wait for each other, so that the second sees when the first was watched),
-- budgets, assignments, accounts: each ascending over the whole batch.
CREATE FUNCTION verdicts_hand_in_v2(
  ids uuid[], participants uuid[], nonces uuid[], at timestamptz,
  active_from timestamptz[], active_to timestamptz[], segments text[], watched jsonb[], first_cuts text[],
  coverage_bps integer[], watched_ms integer[], hidden_ms integer[], refused_ms integer[], answer_ms integer[],
  item_counts integer[], recall_asked integer[], recall_right integer[], answer_ms_min integer[],
  said_item integer[], said_question uuid[], said_choice text[], said_text text[],
  coverage_bps_min integer, refused_ms_max integer, overlap_ms_max integer)
RETURNS TABLE (assignment_id uuid, outcome text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  outcomes text[];
  fresh uuid[];
  holds boolean[];
  paid uuid[];
  moved integer;
BEGIN
  PERFORM 1 FROM identity_participant p
    WHERE p.user_id = ANY (participants) ORDER BY p.user_id FOR NO KEY UPDATE;
  PERFORM dispatch_lock_v1(ids);

  SELECT array_agg(j.outcome ORDER BY j.item),
         array_agg(j.id ORDER BY j.item) FILTER (WHERE j.holds IS NOT NULL),
         array_agg(j.holds ORDER BY j.item) FILTER (WHERE j.holds IS NOT NULL),
         coalesce(array_agg(j.id ORDER BY j.item) FILTER (WHERE j.holds), '{}')
    INTO outcomes, fresh, holds, paid
    FROM (SELECT h.item, ids[h.item] AS id,
                 CASE WHEN h.outcome <> 'in' THEN h.outcome WHEN k.holds THEN 'accepted' ELSE 'in_review' END AS outcome,
                 CASE WHEN h.outcome = 'in' THEN k.holds END AS holds
            FROM evidence_hand_in_v1(
                   ids, participants, nonces, at, active_from, active_to, segments, watched, first_cuts, coverage_bps,
                   watched_ms, hidden_ms, refused_ms, answer_ms, item_counts, recall_asked, recall_right,
                   said_item, said_question, said_choice, said_text) AS h
           CROSS JOIN LATERAL (SELECT verdicts_hold_v1(
                   coverage_bps[h.item], refused_ms[h.item], h.overlap_ms, answer_ms[h.item], answer_ms_min[h.item],
                   recall_asked[h.item], recall_right[h.item],
                   coverage_bps_min, refused_ms_max, overlap_ms_max) AS holds) AS k
         ) AS j;

  IF fresh IS NOT NULL THEN
    SELECT count(*) INTO moved FROM dispatch_hand_in_v2(fresh, holds, at);
    ASSERT moved = cardinality(fresh), 'what was taken in has not become work handed in';
  END IF;
  IF cardinality(paid) > 0 THEN
    PERFORM verdicts_pay_v2(paid, 'facts', NULL, at);
  END IF;
  RETURN QUERY SELECT r.id, r.outcome FROM unnest(ids, outcomes) AS r (id, outcome);
END
$$;
