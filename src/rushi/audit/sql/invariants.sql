-- name: settings_are_known_scalars
-- A setting is a whole number or a word; anything else would surprise its readers.
SELECT id, key, value FROM audit_setting WHERE jsonb_typeof(value) NOT IN ('number', 'string');
