-- name: tables_of_days
-- Every table that is partitioned by days: by range of one uuid, with a DEFAULT partition. The catalogue is the list.
SELECT c.relname AS name
  FROM pg_partitioned_table p
  JOIN pg_class c ON c.oid = p.partrelid AND c.relnamespace = 'public'::regnamespace
  JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = p.partattrs[0] AND a.atttypid = 'uuid'::regtype
 WHERE p.partstrat = 'r' AND p.partnatts = 1 AND p.partdefid <> 0
 ORDER BY c.relname;

-- name: days_of
-- The days of a table that have a partition of their own.
SELECT to_date(right(c.relname, 8), 'YYYYMMDD') AS day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
 WHERE i.inhparent = format('public.%%I', %(parent)s::text)::regclass AND c.relname ~ '_\d{8}$'
 ORDER BY day;
