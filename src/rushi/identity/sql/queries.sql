-- name: session
-- The text of a running session, and the person it is known to belong to. One look-up by two primary keys; the text
-- is compared with what it said before, so that it need not be decoded again.
SELECT s.session_data, u.password, u.id, u.language, u.is_active, p.user_id IS NOT NULL
  FROM django_session s
  LEFT JOIN identity_user u ON u.id = %(user)s::uuid
  LEFT JOIN identity_participant p ON p.user_id = u.id
 WHERE s.session_key = %(key)s
   AND s.expire_date > %(at)s::timestamptz
