-- Hands in, judges on the facts and pays, for one or a thousand in one call. Item n is assignment ids[n] of
-- campaigns[n], watched by participants[n] under nonces[n]; the arrays from active_from to recall_right are its facts,
-- answer_ms_min is what its questions take at least; said_* is what was said, which passes through to the evidence room
-- and is read by nobody here. The last three are the thresholds of verdicts.rules.
-- One row an item comes back, in order: accepted (paid) | in_review | already (handed in before, or twice in this
-- batch) | not_found (not theirs) | lease_over | restarted (the watch began anew elsewhere).
-- Locks persons (two hand-ins of one person wait for each other, so that the second sees when the first was watched),
-- budgets, assignments, accounts: each ascending over the whole batch. What is called from here keeps these settings.
CREATE FUNCTION verdicts_hand_in_v1(
  ids uuid[], participants uuid[], campaigns uuid[], nonces uuid[], at timestamptz,
  active_from timestamptz[], active_to timestamptz[], segments text[], watched jsonb[], first_cuts text[],
  coverage_bps integer[], watched_ms integer[], hidden_ms integer[], refused_ms integer[], answer_ms integer[],
  item_counts integer[], recall_asked integer[], recall_right integer[], answer_ms_min integer[],
  said_questions text[], said_choices text[], said_texts text[],
  coverage_bps_min integer, refused_ms_max integer, overlap_ms_max integer)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  limited uuid[];
  found record;
  taken boolean[];
  overlapping integer[];
  fine boolean[];
  paid record;
BEGIN
  SELECT coalesce(array_agg(p.user_id) FILTER (WHERE p.standing = 'limited'), '{}') INTO limited
    FROM (SELECT q.user_id, q.standing FROM identity_participant q
           WHERE q.user_id = ANY (participants) ORDER BY q.user_id FOR NO KEY UPDATE) AS p;
  SELECT * INTO found FROM dispatch_at_hand_v1(ids, participants, campaigns, nonces, at);
  taken := ARRAY(SELECT o.outcome = 'in' FROM unnest(found.outcomes) AS o (outcome));
  IF true = ANY (taken) THEN
    overlapping := evidence_hand_in_v1(
      ids, participants, campaigns, taken, at, active_from, active_to, segments, watched, first_cuts, coverage_bps,
      watched_ms, hidden_ms, refused_ms, answer_ms, item_counts, recall_asked, recall_right,
      said_questions, said_choices, said_texts);

    fine := ARRAY(
      SELECT f.is_taken AND verdicts_meets_v1(f.coverage_bps, f.refused_ms, f.overlap_ms, f.answer_ms, f.answer_ms_min,
                                              f.asked, f.correct, coverage_bps_min, refused_ms_max, overlap_ms_max)
        FROM unnest(taken, coverage_bps, refused_ms, overlapping, answer_ms, answer_ms_min, recall_asked, recall_right)
               AS f (is_taken, coverage_bps, refused_ms, overlap_ms, answer_ms, answer_ms_min, asked, correct));

    SELECT coalesce(array_agg(r.id), '{}') AS ids, array_agg(r.campaign) AS campaigns, array_agg(r.person) AS people,
           array_agg(r.agent) AS agents, array_agg(r.reward) AS rewards, array_agg(r.commission) AS commissions,
           array_agg(r.fee) AS fees, array_agg(r.unit) AS units
      INTO paid
      FROM unnest(fine, ids, campaigns, participants, found.agents, found.rewards, found.commissions, found.fees,
                  found.units) AS r (is_fine, id, campaign, person, agent, reward, commission, fee, unit)
     WHERE r.is_fine;
    PERFORM dispatch_hand_in_v1(
      paid.ids, ARRAY(SELECT r.id FROM unnest(ids, taken, fine) AS r (id, is_taken, is_fine) WHERE r.is_taken AND NOT r.is_fine),
      at);
    IF cardinality(paid.ids) > 0 THEN
      PERFORM verdicts_pay_v1(paid.ids, paid.campaigns, paid.people, paid.agents, paid.rewards, paid.commissions,
                              paid.fees, paid.units, limited, 'facts', NULL, at);
    END IF;
  END IF;
  RETURN QUERY SELECT CASE WHEN r.outcome <> 'in' THEN r.outcome WHEN r.is_fine THEN 'accepted' ELSE 'in_review' END
                 FROM unnest(found.outcomes, fine) AS r (outcome, is_fine);
END
$$;
