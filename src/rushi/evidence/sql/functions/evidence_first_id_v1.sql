-- The least UUIDv7 that can have been made at a moment: whoever looks for rows since then reads no older partition.
CREATE FUNCTION evidence_first_id_v1(at timestamptz)
RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
  SELECT (lpad(to_hex(greatest(0, floor(extract(epoch FROM at) * 1000))::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
