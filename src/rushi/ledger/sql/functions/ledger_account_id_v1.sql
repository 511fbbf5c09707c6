-- The one id of an owner's account of a kind; equals rushi.ledger.rules.account_id (a test compares them).
CREATE FUNCTION ledger_account_id_v1(kind text, owner uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT pg_catalog.md5('rushi:account:' || $1 || ':' || $2::text)::uuid
$$;
