-- Pays for work that the caller has just moved to accepted, with persons' standing known and budgets and assignments
-- locked: the verdict, the budget, the settlement and the log's outbox row, for a whole batch. Item n is ids[n], of
-- campaigns[n] for people[n] and perhaps agents[n], at the price fixed at the claim: commission only when there was an
-- agent who earns on this person; what of the promised unit is not paid stays in the campaign.
-- `basis`: facts | reviewer | silence | appeal (paid from money that stayed reserved). The money of people whose
-- standing is limited waits as pending.
CREATE FUNCTION verdicts_pay_v3(
  ids uuid[], campaigns uuid[], people uuid[], agents uuid[], rewards bigint[], commissions bigint[], fees bigint[],
  units bigint[], limited uuid[], basis text, actor uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  touched uuid[];
  counts integer[];
  promised bigint[];
  spent bigint[];
  posted integer;
BEGIN
  SELECT array_agg(u.campaign), array_agg(u.n), array_agg(u.promised), array_agg(u.spent)
    INTO touched, counts, promised, spent
    FROM (SELECT r.campaign, count(*)::integer AS n, sum(r.unit)::bigint AS promised,
                 sum(r.reward + r.commission + r.fee)::bigint AS spent
            FROM unnest(campaigns, units, rewards, commissions, fees) AS r (campaign, unit, reward, commission, fee)
           GROUP BY r.campaign) AS u;
  IF basis = 'appeal' THEN
    PERFORM campaigns_spend_overturned_v1(touched, counts, promised, spent);
  ELSE
    PERFORM campaigns_spend_v2(touched, counts, promised, spent);
  END IF;

  SELECT count(*) INTO posted
    FROM ledger_settle_v1(
      ids, actor, at, campaigns,
      ARRAY(SELECT CASE WHEN r.person = ANY (limited) THEN 'participant_pending' ELSE 'participant_available' END
              FROM unnest(people) WITH ORDINALITY AS r (person, n) ORDER BY r.n),
      people, agents, rewards, commissions, fees);
  ASSERT posted = cardinality(ids), 'a settlement was in the books before its verdict';

  IF basis = 'appeal' THEN
    UPDATE verdicts_verdict v SET outcome = 'accepted', basis = verdicts_pay_v3.basis, decided_by = actor, decided_at = at
     WHERE v.assignment_id = ANY (ids);
  ELSE
    INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
    SELECT u.id, 'accepted', verdicts_pay_v3.basis, '', '', actor, at FROM unnest(ids) AS u (id);
  END IF;
  PERFORM transparency_enqueue_v1(array_fill('settlement'::text, ARRAY[cardinality(ids)]), ids, at);
END
$$;
