-- name: sessions
-- The texts of running sessions by their place in the batch, and the persons they are known to belong to. Look-ups by
-- primary keys; a text is compared with what it said before, so that it need not be decoded again.
SELECT k.place, s.session_data, u.password, u.id, u.language, u.is_active, p.user_id IS NOT NULL
  FROM unnest(%(keys)s::text[], %(users)s::uuid[]) WITH ORDINALITY AS k (session_key, user_id, place)
  JOIN django_session s ON s.session_key = k.session_key
  LEFT JOIN identity_user u ON u.id = k.user_id
  LEFT JOIN identity_participant p ON p.user_id = u.id
 WHERE s.expire_date > %(at)s::timestamptz;

-- name: use_api_key
-- One statement a request: finds the key in force, counts it in this minute's window, notes when it was used.
UPDATE identity_apikey SET
    window_count = CASE WHEN window_at = %(window)s THEN window_count + 1 ELSE 1 END,
    window_at = %(window)s,
    last_used_at = %(at)s
WHERE digest = %(digest)s AND revoked_at IS NULL
RETURNING id, window_count;
-- name: spend
-- Count one try unless as many as are allowed lie inside the window: one statement, so a thousand at once get no more.
-- No row: refused, and nothing counted.
INSERT INTO identity_tries AS t (key, at, until)
VALUES (%(key)s, ARRAY[%(at)s::timestamptz], %(until)s)
ON CONFLICT (key) DO UPDATE
   SET at = ARRAY(SELECT tried FROM unnest(t.at) tried WHERE tried > %(since)s) || %(at)s::timestamptz,
       until = excluded.until
 WHERE (SELECT count(*) FROM unnest(t.at) tried WHERE tried > %(since)s) < %(most)s
RETURNING true AS is_counted;

-- name: see_login
-- A session is in use: its login's time, or the login itself where nobody wrote it down (it began before there was a
-- list). One statement, at most once in five minutes a session and process.
INSERT INTO identity_login (id, user_id, session_key, device, device_digest, is_new_device, began_at, seen_at)
VALUES (%(id)s, %(user)s, %(key)s, %(device)s, %(digest)s, false, %(at)s, %(at)s)
ON CONFLICT (session_key) DO UPDATE SET seen_at = excluded.seen_at;
