"""What a person did: attention, answers, submissions."""
