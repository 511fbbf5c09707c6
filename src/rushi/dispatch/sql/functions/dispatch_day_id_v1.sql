-- The key of the row that counts a person's claims on a Shanghai day: the same words give the same key for ever,
-- so that rows which may not exist yet can be created or locked in one order.
CREATE FUNCTION dispatch_day_id_v1(participant uuid, day date)
RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5('rushi:participant_day:' || participant || ':' || to_char(day, 'YYYY-MM-DD'))::uuid;
