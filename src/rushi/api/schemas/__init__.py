"""What the API takes and gives. Names are part of the promise: they are added to, never changed."""
