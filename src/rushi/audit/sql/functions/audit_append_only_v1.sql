-- Books and records are append-only for everybody, the owner of the tables included: besides the missing
-- rights of the application's role this trigger refuses, so that a wrong grant or a psql session changes nothing.
CREATE FUNCTION audit_append_only_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'RU001';
END
$$;
