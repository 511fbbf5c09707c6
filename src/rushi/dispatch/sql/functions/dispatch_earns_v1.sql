-- Whether a person's agent earns by a claim of this Shanghai day: for twelve months from the day of recruiting (the same
-- rule as rushi.identity.rules.commission_ends). Simple enough to be inlined.
CREATE FUNCTION dispatch_earns_v1(recruited_at timestamptz, day date)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT (recruited_at AT TIME ZONE 'Asia/Shanghai')::date > day - interval '12 months'
$$;
