"""The door for the shell: every verb of ./rushi."""
