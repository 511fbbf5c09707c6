-- The one id of the entry of a kind about a subject; equals rushi.ledger.rules.entry_id (a test compares them).
CREATE FUNCTION ledger_entry_id_v1(kind text, subject uuid) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT pg_catalog.md5('rushi:entry:' || $1 || ':' || $2::text)::uuid
$$;
