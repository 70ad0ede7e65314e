"""From what a shopper typed to a plan: rules, price phrases, spelling, synonyms, stop words, stems."""
