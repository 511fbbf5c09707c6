"""People, organisations, agents, real names, standing, consent."""
