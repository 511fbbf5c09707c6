-- Statement-level: an UPDATE or DELETE that would touch no row is refused just the same.
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only_v1();
CREATE TRIGGER audit_setting_append_only BEFORE UPDATE OR DELETE ON audit_setting
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only_v1();
