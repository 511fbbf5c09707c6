-- name: take_reading
-- One reviewer reads a case at a time: taken when nobody reads it or the last reading ran out; ours is prolonged.
INSERT INTO policy_reading AS r (id, kind, subject_id, reviewer_id, until)
VALUES (%(id)s, %(kind)s, %(subject)s, %(reviewer)s, %(until)s)
ON CONFLICT (kind, subject_id) DO UPDATE
   SET reviewer_id = excluded.reviewer_id, until = excluded.until
 WHERE r.until <= %(at)s OR r.reviewer_id = excluded.reviewer_id
RETURNING r.reviewer_id;
