"""How good an answer is: metrics, judgements, comparisons."""
