"""From which similarity on a product matches by meaning. Both engines ask here.

An index is calibrated: above its floor two products are hardly ever alike by chance (docs/decisions/0018). Vague
queries ("something for the cold season") lie farther from everything than that, from what they mean too: they are
measured by the best that there is.
"""

from tradewind.catalog.settings import Weights

LOWEST = 0.2  # nothing below it, however little there is: unrelated texts reach it
OF_THE_BEST = 0.55


def floor_of(weights: Weights, calibrated: float, best: float) -> float:
    """Return the similarity floor of a query whose nearest product has the cosine `best`, whatever the filter.

    Without a floor in the settings: the index's own, but no more than .55 of the best, and then at least .2.

    >>> [floor_of(Weights(), 0.4, best) for best in (0.8, 0.4, 0.1)]
    [0.4, 0.22000000000000003, 0.2]
    """
    if weights.similarity_floor is not None:
        return weights.similarity_floor
    return min(calibrated, max(LOWEST, OF_THE_BEST * best))
