-- Pays for work that the caller has just moved to accepted, with budgets and assignments locked: the verdict, the
-- budget, the settlement and the log's outbox row, for a whole batch. `basis`: facts | reviewer | silence |
-- appeal (paid from money that stayed reserved).
-- What is paid was fixed at the claim: commission only when there was an agent who earns on this person; what of the
-- promise is not paid stays in the campaign. The money of a person whose standing is limited waits as pending.
CREATE FUNCTION verdicts_pay_v2(ids uuid[], basis text, actor uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  low CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 LIMIT 1);
  high CONSTANT uuid := (SELECT u.id FROM unnest(ids) AS u (id) ORDER BY 1 DESC LIMIT 1);
  campaigns uuid[];
  counts integer[];
  promised bigint[];
  spent bigint[];
  posted integer;
BEGIN
  SELECT array_agg(u.campaign_id), array_agg(u.n), array_agg(u.promised), array_agg(u.spent)
    INTO campaigns, counts, promised, spent
    FROM (SELECT a.campaign_id, count(*)::integer AS n, sum(a.unit_fen)::bigint AS promised,
                 sum(a.reward_fen + a.commission_fen + a.fee_fen)::bigint AS spent
            FROM dispatch_assignment a
           WHERE a.id = ANY (ids) AND a.id BETWEEN low AND high
           GROUP BY a.campaign_id) AS u;
  IF basis = 'appeal' THEN
    PERFORM campaigns_spend_overturned_v1(campaigns, counts, promised, spent);
  ELSE
    PERFORM campaigns_spend_v1(campaigns, counts, promised, spent);
  END IF;

  SELECT count(*) INTO posted
    FROM (SELECT array_agg(a.id) AS ids, array_agg(a.campaign_id) AS campaigns, array_agg(a.participant_id) AS people,
                 array_agg(CASE WHEN p.standing = 'limited' THEN 'participant_pending' ELSE 'participant_available' END) AS purses,
                 array_agg(a.agent_id) AS agents, array_agg(a.reward_fen) AS rewards,
                 array_agg(a.commission_fen) AS commissions, array_agg(a.fee_fen) AS fees
            FROM dispatch_assignment a
            JOIN identity_participant p ON p.user_id = a.participant_id
           WHERE a.id = ANY (ids) AND a.id BETWEEN low AND high) AS w,
         ledger_settle_v1(w.ids, actor, at, w.campaigns, w.purses, w.people, w.agents, w.rewards, w.commissions, w.fees);
  ASSERT posted = cardinality(ids), 'a settlement was in the books before its verdict';

  IF basis = 'appeal' THEN
    UPDATE verdicts_verdict v SET outcome = 'accepted', basis = verdicts_pay_v2.basis, decided_by = actor, decided_at = at
     WHERE v.assignment_id = ANY (ids) AND v.assignment_id BETWEEN low AND high;
  ELSE
    INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
    SELECT u.id, 'accepted', verdicts_pay_v2.basis, '', '', actor, at FROM unnest(ids) AS u (id);
  END IF;
  PERFORM transparency_enqueue_v1(array_fill('settlement'::text, ARRAY[cardinality(ids)]), ids, at);
END
$$;
