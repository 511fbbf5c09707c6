-- Milliseconds that lie both in `mine` and in any of `others`; each is a list low, high, low, high, … of server times.
CREATE FUNCTION evidence_overlap_ms_v1(mine bigint[], others bigint[])
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
  SELECT coalesce(sum(upper(x) - lower(x)), 0)::integer
    FROM (SELECT range_agg(int8range(mine[n], mine[n + 1])) AS spans FROM generate_series(1, cardinality(mine), 2) AS n) AS m,
         (SELECT range_agg(int8range(others[n], others[n + 1])) AS spans
            FROM generate_series(1, cardinality(others), 2) AS n) AS o,
         unnest(m.spans * o.spans) AS x
$$;
