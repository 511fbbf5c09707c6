"""Double-entry books in integer fen. Knows opaque ids, never campaigns."""
