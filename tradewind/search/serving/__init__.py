"""What Algolia's clients ask for, carried out: from a request to its answer."""
