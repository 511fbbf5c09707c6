"""The API door: programs of advertisers and agents. Parses, calls the same actions as pages do, answers JSON."""
