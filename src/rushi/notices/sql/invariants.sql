-- name: what_waits_has_a_moment
-- A sending that waits without a moment would never be sent, and nobody would notice.
SELECT id FROM notices_sending WHERE (status = 'waiting') <> (next_at IS NOT NULL);
