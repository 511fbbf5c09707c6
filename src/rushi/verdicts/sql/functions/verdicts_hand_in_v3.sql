-- Hands in, judges on the facts and pays, for one or a thousand in one call. Item n is assignment ids[n], watched by
-- participants[n] under nonces[n]; the arrays from active_from to recall_right are its facts, answer_ms_min is what its
-- questions take at least; said_* is what was said, which passes through to the evidence room and is read by nobody
-- here. The last three are the thresholds of verdicts.rules.
-- One row an item comes back, in order: accepted (paid) | in_review | already (handed in before, or twice in this
-- batch) | not_found (not theirs) | lease_over | restarted (the watch began anew elsewhere).
-- Locks persons (two hand-ins of one person wait for each other, so that the second sees when the first was watched),
-- budgets, assignments, accounts: each ascending over the whole batch.
CREATE FUNCTION verdicts_hand_in_v3(
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
  limited uuid[];
  outcomes text[];
  fresh uuid[];
  holds boolean[];
  done record;
BEGIN
  SELECT coalesce(array_agg(p.user_id) FILTER (WHERE p.standing = 'limited'), '{}') INTO limited
    FROM (SELECT q.user_id, q.standing FROM identity_participant q
           WHERE q.user_id = ANY (participants) ORDER BY q.user_id FOR NO KEY UPDATE) AS p;
  PERFORM dispatch_lock_v2(ids);

  SELECT array_agg(CASE WHEN j.outcome <> 'in' THEN j.outcome WHEN j.holds THEN 'accepted' ELSE 'in_review' END
                   ORDER BY j.item),
         array_agg(ids[j.item]) FILTER (WHERE j.outcome = 'in'),
         array_agg(j.holds) FILTER (WHERE j.outcome = 'in')
    INTO outcomes, fresh, holds
    FROM (SELECT h.item, h.outcome,
                 verdicts_hold_v1(
                   coverage_bps[h.item], refused_ms[h.item], h.overlap_ms, answer_ms[h.item], answer_ms_min[h.item],
                   recall_asked[h.item], recall_right[h.item],
                   coverage_bps_min, refused_ms_max, overlap_ms_max) AS holds
            FROM evidence_hand_in_v2(
                   ids, participants, nonces, at, active_from, active_to, segments, watched, first_cuts, coverage_bps,
                   watched_ms, hidden_ms, refused_ms, answer_ms, item_counts, recall_asked, recall_right,
                   said_item, said_question, said_choice, said_text) AS h
          OFFSET 0) AS j;

  IF fresh IS NOT NULL THEN
    SELECT count(*) AS n, array_agg(d.id) FILTER (WHERE d.is_paid) AS ids,
           array_agg(d.campaign_id) FILTER (WHERE d.is_paid) AS campaigns,
           array_agg(d.participant_id) FILTER (WHERE d.is_paid) AS people,
           array_agg(d.agent_id) FILTER (WHERE d.is_paid) AS agents,
           array_agg(d.reward_fen) FILTER (WHERE d.is_paid) AS rewards,
           array_agg(d.commission_fen) FILTER (WHERE d.is_paid) AS commissions,
           array_agg(d.fee_fen) FILTER (WHERE d.is_paid) AS fees,
           array_agg(d.unit_fen) FILTER (WHERE d.is_paid) AS units
      INTO done
      FROM dispatch_hand_in_v3(fresh, holds, at) AS d;
    ASSERT done.n = cardinality(fresh), 'what was taken in has not become work handed in';
    IF done.ids IS NOT NULL THEN
      PERFORM verdicts_pay_v3(done.ids, done.campaigns, done.people, done.agents, done.rewards, done.commissions,
                              done.fees, done.units, limited, 'facts', NULL, at);
    END IF;
  END IF;
  RETURN QUERY SELECT r.id, r.outcome FROM unnest(ids, outcomes) AS r (id, outcome);
END
$$;
