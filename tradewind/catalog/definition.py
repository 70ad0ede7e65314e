"""What an index is apart from its records: settings, synonyms, rules."""

from dataclasses import dataclass, field

from tradewind.catalog.rules import Rule
from tradewind.catalog.settings import IndexSettings
from tradewind.catalog.synonyms import Synonym


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexDefinition:
    settings: IndexSettings = field(default_factory=IndexSettings)
    synonyms: tuple[Synonym, ...] = ()
    rules: tuple[Rule, ...] = ()
