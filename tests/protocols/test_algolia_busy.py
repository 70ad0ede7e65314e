"""What a client hears where others were quicker, or the cloud is too busy."""

from collections.abc import Sequence

import orjson
import pytest

from tests.algolia_shop import AlgoliaShop
from tradewind.catalog.editing import ChangedMeanwhile, Edit
from tradewind.errors import Unavailable

BATCH = "/1/indexes/shoes/batch"


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (ChangedMeanwhile("shoes"), "index shoes: others changed it at the same time; nothing was done, try again"),
        (Unavailable("the catalogue: ThrottlingException"), "a part of the cloud cannot be reached now; try again"),
    ],
)
def test_clients_are_told_to_come_again(
    shop: AlgoliaShop, monkeypatch: pytest.MonkeyPatch, failure: Exception, message: str
) -> None:
    def edit(index: str, edits: Sequence[Edit]) -> int:
        raise failure

    monkeypatch.setattr(shop.catalog, "edit", edit)
    answer = shop.raw("POST", BATCH, {"requests": [{"action": "addObject", "body": {"objectID": "1"}}]})
    assert (answer.status, answer.headers["retry-after"]) == (503, "2")  # clients repeat a 503, and no 4xx
    assert orjson.loads(answer.body) == {"message": message, "status": 503}
