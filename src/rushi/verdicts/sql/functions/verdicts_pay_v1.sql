-- Pays for work that the caller has just moved to accepted, with persons' standing known and budgets and assignments
-- locked: the verdict, the budget, the settlement, the tally's queue and the log's outbox, for a whole batch. Item n is
-- ids[n], of campaigns[n] for people[n] and perhaps agents[n], at the price fixed at the claim: commission only when
-- there was an agent who earns on this person; what of the promised unit is not paid stays in the campaign.
-- `basis`: facts | reviewer | silence | appeal (paid from money that stayed reserved). The money of people whose
-- standing is limited waits as pending; whoever is suspended is paid for what they had finished like anybody else.
-- Called from verdicts_hand_in and verdicts_settle, which set how plans are made.
CREATE FUNCTION verdicts_pay_v1(
  ids uuid[], campaigns uuid[], people uuid[], agents uuid[], rewards bigint[], commissions bigint[], fees bigint[],
  units bigint[], limited uuid[], basis text, actor uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
  touched uuid[];
  counts integer[];
  promised bigint[];
  spent bigint[];
  purses text[];
  posted uuid[];
  rejected record;
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

  IF cardinality(limited) = 0 THEN
    purses := array_fill('participant_available'::text, ARRAY[cardinality(ids)]);
  ELSE
    purses := ARRAY(SELECT CASE WHEN r.person = ANY (limited) THEN 'participant_pending' ELSE 'participant_available' END
                      FROM unnest(people) AS r (person));
  END IF;
  posted := ledger_settle_v1(ids, actor, at, campaigns, purses, people, agents, rewards, commissions, fees);
  ASSERT cardinality(posted) = cardinality(ids), 'a settlement was in the books before its verdict';

  IF basis = 'appeal' THEN
    SELECT array_agg(r.campaign) AS campaigns, array_agg(v.code::text) AS codes INTO rejected
      FROM unnest(ids, campaigns) AS r (id, campaign) JOIN verdicts_verdict v ON v.assignment_id = r.id;
    PERFORM evidence_rejected_v1(rejected.campaigns, rejected.codes, -1);
    UPDATE verdicts_verdict v SET outcome = 'accepted', basis = verdicts_pay_v1.basis, decided_by = actor, decided_at = at
     WHERE v.assignment_id = ANY (ids);
  ELSE
    INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
    SELECT u.id, 'accepted', verdicts_pay_v1.basis, '', '', actor, at FROM unnest(ids) AS u (id);
  END IF;
  PERFORM evidence_accepted_v1(campaigns, ids);
  PERFORM transparency_enqueue_v1('settlement', ids, at);
END
$$;
