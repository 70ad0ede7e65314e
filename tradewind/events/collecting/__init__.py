"""From the bytes of a request to stored events and an answer."""
