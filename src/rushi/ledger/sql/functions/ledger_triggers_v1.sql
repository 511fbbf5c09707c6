-- Statement-level triggers: balance and balances after postings arrive; refusal of any change to the books.
CREATE TRIGGER ledger_posting_posted AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION ledger_posted_v1();
CREATE TRIGGER ledger_posting_append_only BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only_v1();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only_v1();
CREATE TRIGGER ledger_account_never_deleted BEFORE DELETE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only_v1();
