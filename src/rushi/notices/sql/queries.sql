-- name: take_due
-- What is due, a few an endpoint so that a busy one does not hold up the others. Whoever takes it has until `lease`;
-- a worker that dies on the way loses nothing: it becomes due again.
WITH due AS (
    SELECT s.id, row_number() OVER (PARTITION BY s.endpoint_id ORDER BY s.next_at, s.id) AS place
      FROM notices_sending s
      JOIN notices_endpoint e ON e.id = s.endpoint_id
     WHERE s.status = 'waiting' AND s.next_at <= %(at)s AND e.is_active
), chosen AS (
    SELECT s.id
      FROM notices_sending s
      JOIN due ON due.id = s.id AND due.place <= %(each)s
     WHERE s.status = 'waiting' AND s.next_at <= %(at)s
     ORDER BY s.id
     LIMIT %(limit)s
       FOR UPDATE OF s SKIP LOCKED
)
UPDATE notices_sending s SET next_at = %(lease)s, attempts_count = attempts_count + 1
  FROM chosen
 WHERE s.id = chosen.id
RETURNING s.id;
