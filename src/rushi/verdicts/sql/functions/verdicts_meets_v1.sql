-- Whether every fact of a submission holds, so that it is accepted at once: the SQL form of rules.judge (a property
-- test holds one against the other); the thresholds are those of verdicts.rules. It sees facts and nothing else.
CREATE FUNCTION verdicts_meets_v1(
  coverage_bps integer, refused_ms integer, overlap_ms integer, answer_ms integer, answer_ms_min integer,
  recall_asked integer, recall_right integer,
  coverage_bps_min integer, refused_ms_max integer, overlap_ms_max integer)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coverage_bps >= coverage_bps_min
     AND refused_ms <= refused_ms_max
     AND overlap_ms <= overlap_ms_max
     AND answer_ms >= answer_ms_min
     AND recall_right >= recall_asked - recall_asked / 3
$$;
