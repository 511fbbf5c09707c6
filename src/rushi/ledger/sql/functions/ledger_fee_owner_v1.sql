-- The owner of a shard of the platform's fee account; shard 0 has the nil owner, as the one account had before.
CREATE FUNCTION ledger_fee_owner_v1(shard smallint) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT lpad(to_hex($1::integer), 32, '0')::uuid
$$;
