"""Where requests that change a definition meet the publish gate."""

from collections.abc import Iterable

from tradewind.catalog.definition_changes import DefinitionChange
from tradewind.protocols.algolia.errors import Refused
from tradewind.search.serving.call import Call
from tradewind.search.serving.shop import EditingShop


def let_pass(call: Call, shop: EditingShop, names: Iterable[str], change: DefinitionChange) -> None:
    """Return where a change of the indexes `names` may be made; before anything is written.

    Raises: Refused (409) where one of them would rank worse on its stored judgements and the address does not say
    force=true; IndexUnavailable, Unavailable.
    """
    if call.flag("force"):
        return
    for name in names:
        refusal = shop.gate.refusal(name, change, call.now)
        if refusal:
            raise Refused(409, refusal)
