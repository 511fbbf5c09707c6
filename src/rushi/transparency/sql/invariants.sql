-- name: every_subject_waits_once
-- Whatever happened once gets one leaf: no subject of a kind is in the outbox twice, in one row or in two.
SELECT subject_id, kind, count(*) AS times FROM transparency_waiting GROUP BY subject_id, kind HAVING count(*) > 1;

-- name: rows_of_the_outbox_are_named_by_their_first
-- The key of a row is the first of its subjects: with the check above it keeps a call from being entered twice.
SELECT first_id, kind FROM transparency_outbox WHERE first_id IS DISTINCT FROM subjects[1];
