-- name: erased_people_left_nothing
-- Erasure removes everything that says who somebody was.
SELECT u.id
FROM identity_user u
WHERE u.erased_at IS NOT NULL
  AND (u.phone IS NOT NULL OR u.nickname <> '' OR u.is_active
       OR EXISTS (SELECT 1 FROM identity_realname r WHERE r.user_id = u.id)
       OR EXISTS (SELECT 1 FROM identity_apikey k WHERE k.made_by_id = u.id AND k.revoked_at IS NULL)
       OR EXISTS (SELECT 1 FROM identity_staffrole s WHERE s.user_id = u.id)
       OR EXISTS (SELECT 1 FROM identity_membership m WHERE m.user_id = u.id)
       OR EXISTS (SELECT 1 FROM identity_factor f WHERE f.user_id = u.id)
       OR EXISTS (SELECT 1 FROM identity_recoverycode c WHERE c.user_id = u.id)
       OR EXISTS (SELECT 1 FROM identity_login l WHERE l.user_id = u.id));

-- name: erased_people_are_owed_nothing
-- Nobody could take it out any more: neither a participant's nor an agent's money is left with who was erased.
SELECT a.owner_id, a.kind, a.balance_fen
FROM identity_user u
LEFT JOIN identity_agent g ON g.user_id = u.id
JOIN ledger_account a ON a.owner_id IN (u.id, g.id)
WHERE u.erased_at IS NOT NULL AND a.balance_fen <> 0
  AND a.kind IN ('participant_pending', 'participant_available', 'agent_available', 'payout_clearing');

-- name: sealed_names_belong_to_the_verified
-- A sealed name is kept only while its person counts as verified.
SELECT r.user_id
FROM identity_realname r
LEFT JOIN identity_participant p ON p.user_id = r.user_id
WHERE p.real_name_verified_at IS NULL;

-- name: a_digest_is_bound_or_dated
-- The blind index of nobody is kept for a date or for a ban, never by forgetfulness.
SELECT encode(d.digest, 'hex') AS digest
FROM identity_realnamedigest d
WHERE d.user_id IS NULL AND d.kept_until IS NULL AND d.banned_reason = '';

-- name: nobody_recruits_themselves
-- One level, other people: an agent earns nothing on the own work; recruited people have a date.
SELECT p.user_id
FROM identity_participant p
JOIN identity_agent a ON a.id = p.agent_id
WHERE a.user_id = p.user_id OR p.recruited_at IS NULL;

-- name: suspended_and_limited_people_have_a_reason
-- Nobody loses anything without a reason.
SELECT p.user_id
FROM identity_participant p
WHERE p.standing <> 'active' AND (p.standing_reason = '' OR p.standing_since IS NULL);

-- name: rejected_papers_have_a_reason
-- An organisation that was refused knows why.
SELECT o.id
FROM identity_organisation o
WHERE o.status = 'rejected' AND o.status_reason = '';

-- name: erasures_are_in_the_outbox
-- Whoever was erased since the log last caught up waits there: an id, nothing else.
SELECT u.id
FROM identity_user u
LEFT JOIN transparency_waiting o ON o.subject_id = u.id AND o.kind = 'erasure'
WHERE o.at IS NULL
  AND u.erased_at > coalesce((SELECT m.sequenced_until FROM transparency_mark m), '-infinity');

-- name: recovery_codes_belong_to_people_with_a_factor
-- A code that replaces a factor goes when the last factor goes.
SELECT DISTINCT c.user_id
FROM identity_recoverycode c
WHERE NOT EXISTS (SELECT 1 FROM identity_factor f WHERE f.user_id = c.user_id);
