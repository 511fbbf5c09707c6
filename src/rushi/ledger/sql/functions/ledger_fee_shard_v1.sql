-- Where a campaign's platform fees go: one of 16 accounts, by the last four bits of the campaign's id (the random end
-- of a UUIDv7), so that many workers do not queue for one row. Equals rushi.ledger.rules.fee_shard.
CREATE FUNCTION ledger_fee_shard_v1(campaign uuid) RETURNS smallint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT (get_byte(uuid_send($1), 15) & 15)::smallint
$$;
