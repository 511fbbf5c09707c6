-- The least id of a Shanghai day: a UUIDv7 begins with its milliseconds, so every id made on the day is at or above
-- it and below the next day's (a test compares with ids made in Python).
CREATE FUNCTION db_day_bound_v1(day date) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT rpad(lpad(to_hex((extract(epoch FROM $1::timestamp AT TIME ZONE 'Asia/Shanghai') * 1000)::bigint), 12, '0'), 32, '0')::uuid
$$;
