-- Pays for work that the caller has just moved to accepted, with budgets and assignments locked: the verdict, the
-- budget, the five-legged settlement and the log's outbox row, for a whole batch. `basis`: facts | reviewer | silence |
-- appeal (paid from money that stayed reserved).
-- What is paid was fixed at the claim: commission only when there was an agent who earns on this person; what of the
-- promise is not paid stays in the campaign. The money of a person whose standing is limited waits as pending.
CREATE FUNCTION verdicts_pay_v1(ids uuid[], basis text, actor uuid, at timestamptz)
RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off
SET enable_bitmapscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  platform CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
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

  WITH entry AS (
    SELECT ledger_entry_id_v1('settlement', a.id) AS id, a.id AS subject, a.reward_fen, a.commission_fen, a.fee_fen,
           a.reward_fen + a.commission_fen + a.fee_fen AS gross_fen, a.campaign_id, a.participant_id, a.agent_id,
           CASE WHEN p.standing = 'limited' THEN 'participant_pending' ELSE 'participant_available' END AS purse
      FROM dispatch_assignment a
      JOIN identity_participant p ON p.user_id = a.participant_id
     WHERE a.id = ANY (ids) AND a.id BETWEEN low AND high
  ), entries AS (
    SELECT array_agg(e.id) AS ids, array_agg('settlement'::text) AS kinds, array_agg(e.subject) AS subjects,
           array_agg(e.gross_fen) AS gross, array_agg(e.reward_fen) AS reward,
           array_agg(e.commission_fen) AS commission, array_agg(e.fee_fen) AS fee
      FROM entry e
  ), legs AS (
    SELECT array_agg(e.id) AS entry, array_agg(l.kind) AS kind, array_agg(l.owner) AS owner,
           array_agg(l.amount) AS amount
      FROM entry e
     CROSS JOIN LATERAL (VALUES ('escrow', e.campaign_id, -e.gross_fen), (e.purse, e.participant_id, e.reward_fen),
                                ('agent_available', e.agent_id, e.commission_fen),
                                ('platform_fee', platform, e.fee_fen)) AS l (kind, owner, amount)
     WHERE l.amount <> 0
  )
  SELECT count(*) INTO posted
    FROM entries n, legs l,
         ledger_post_v1(n.ids, n.kinds, n.subjects, actor, at, n.gross, n.reward, n.commission, n.fee,
                        l.entry, l.kind, l.owner, l.amount);
  ASSERT posted = cardinality(ids), 'a settlement was in the books before its verdict';

  IF basis = 'appeal' THEN
    UPDATE verdicts_verdict v SET outcome = 'accepted', basis = verdicts_pay_v1.basis, decided_by = actor, decided_at = at
     WHERE v.assignment_id = ANY (ids) AND v.assignment_id BETWEEN low AND high;
  ELSE
    INSERT INTO verdicts_verdict (assignment_id, outcome, basis, code, reason, decided_by, decided_at)
    SELECT u.id, 'accepted', verdicts_pay_v1.basis, '', '', actor, at FROM unnest(ids) AS u (id);
  END IF;
  PERFORM transparency_enqueue_v1(array_fill('settlement'::text, ARRAY[cardinality(ids)]), ids, at);
END
$$;
