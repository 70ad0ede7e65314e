"""What may be said of the price in German, French, Spanish, Italian and Dutch."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.search.filters import Filter, NumberIs, NumberWithin
from tradewind.search.text import folded, words
from tradewind.search.understanding.price_words import PRICE_WORDS
from tradewind.search.understanding.prices import price_phrases, without

ABROAD = ("de", "fr", "es", "it", "nl")


def is_(operator: str, number: float) -> Filter:
    return NumberIs("price", operator, number)  # type: ignore[arg-type]


def within(low: float, high: float) -> Filter:
    return NumberWithin("price", low, high)


@pytest.mark.parametrize(
    ("language", "query", "expected", "rest"),
    [
        ("de", "Geschenk unter 30 Euro", is_("<", 30), "Geschenk"),
        ("de", "geschenk unter 30 für gärtner", is_("<", 30), "geschenk für gärtner"),
        ("de-AT", "sofa unter 1.299,50 €", is_("<", 1299.5), "sofa"),
        ("de", "lampe günstiger als 20", is_("<", 20), "lampe"),
        ("de", "lampe guenstiger als 20", is_("<", 20), "lampe"),
        ("de", "lampe bis 50€", is_("<=", 50), "lampe"),
        ("de", "lampe höchstens 50", is_("<=", 50), "lampe"),
        ("de", "uhr über 100 Euro", is_(">", 100), "uhr"),
        ("de", "uhr ab 100 €", is_(">=", 100), "uhr"),
        ("de", "uhr mindestens 100", is_(">=", 100), "uhr"),
        ("de", "tasse 20 € oder weniger", is_("<=", 20), "tasse"),
        ("de", "hut zwischen 10 und 20", within(10, 20), "hut"),
        ("de", "hut von 10 bis 20 euro in rot", within(10, 20), "hut in rot"),
        ("fr", "cadeau moins de 30 €", is_("<", 30), "cadeau"),
        ("fr", "cadeau à moins de 30 pour maman", is_("<", 30), "cadeau pour maman"),
        ("fr", "canapé moins de 1 000 euros", is_("<", 1000), "canapé"),
        ("fr", "lampe jusqu'à 50 €", is_("<=", 50), "lampe"),
        ("fr", "lampe jusqu’a 50 €", is_("<=", 50), "lampe"),
        ("fr", "montre plus de 100 euros", is_(">", 100), "montre"),
        ("fr", "montre a partir de 100€", is_(">=", 100), "montre"),
        ("fr", "tasse 20 € ou moins", is_("<=", 20), "tasse"),
        ("fr", "chapeau entre 10 et 20", within(10, 20), "chapeau"),
        ("fr", "chapeau de 10 à 20 euros", within(10, 20), "chapeau"),
        ("es", "regalo por menos de 30 euros", is_("<", 30), "regalo"),
        ("es", "lámpara hasta 50 €", is_("<=", 50), "lámpara"),
        ("es", "reloj mas de 100 euros", is_(">", 100), "reloj"),
        ("es", "reloj desde 100 €", is_(">=", 100), "reloj"),
        ("es", "taza 20 € o menos", is_("<=", 20), "taza"),
        ("es", "sombrero entre 10 y 20", within(10, 20), "sombrero"),
        ("es", "sombrero de 1.000 a 2.000 pesos", within(1000, 2000), "sombrero"),
        ("it", "regalo a meno di 30 euro", is_("<", 30), "regalo"),
        ("it", "regalo sotto i 30 €", is_("<", 30), "regalo"),
        ("it", "lampada fino a 50 €", is_("<=", 50), "lampada"),
        ("it", "orologio più di 100 euro", is_(">", 100), "orologio"),
        ("it", "orologio oltre 100 euro", is_(">", 100), "orologio"),
        ("it", "orologio almeno 100", is_(">=", 100), "orologio"),
        ("it", "cappello tra 10 e 20", within(10, 20), "cappello"),
        ("it", "cappello da 10 a 20 euro", within(10, 20), "cappello"),
        ("nl", "cadeau onder de 30", is_("<", 30), "cadeau"),
        ("nl", "cadeau minder dan 30 euro", is_("<", 30), "cadeau"),
        ("nl", "lamp tot 50 euro", is_("<=", 50), "lamp"),
        ("nl", "lamp goedkoper dan 50 euro's", is_("<", 50), "lamp"),
        ("nl", "horloge boven de 100 euro", is_(">", 100), "horloge"),
        ("nl", "horloge vanaf €100", is_(">=", 100), "horloge"),
        ("nl", "hoed tussen de 10 en 20", within(10, 20), "hoed"),
        ("nl", "hoed van 10 tot 20 euro", within(10, 20), "hoed"),
        ("nl", "€20-€30 hoed", within(20, 30), "hoed"),
    ],
)
def test_a_price_phrase_becomes_a_filter_and_leaves_the_words(
    language: str, query: str, expected: Filter, rest: str
) -> None:
    phrases = price_phrases(query, language)
    assert [phrase.on("price") for phrase in phrases] == [expected]
    assert without(query, phrases).strip() == rest


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("de", "regal unter 30 cm"),
        ("de", "kerzen unter 30 Stunden"),
        ("de", "spielzeug ab 3"),
        ("de", "spielzeug für kinder unter 5"),
        ("de", "kabel bis 50 m"),
        ("de", "zelt bis 4 personen"),
        ("de", "rahmen unter 30 x 40"),
        ("de", "regal unter 30 bis 40 cm"),
        ("de", "über 18"),
        ("de", "schuhe 42"),
        ("de", "lamp under 30"),  # no German
        ("fr", "étagère moins de 30 cm"),
        ("fr", "sac moins de 30 livres"),
        ("fr", "jouet à partir de 3"),
        ("fr", "jeu plus de 18"),
        ("fr", "enfant moins de 5"),
        ("es", "estante de menos de 30 cm"),
        ("es", "estante menos de 30 a 40 cm"),
        ("es", "talla hasta 42"),
        ("es", "juego para niños menos de 5"),
        ("it", "mensola meno di 30 cm"),
        ("it", "giochi da 3 a 6"),
        ("it", "scarpe fino a 42"),
        ("nl", "plank minder dan 30 cm"),
        ("nl", "speelgoed vanaf 3"),
        ("nl", "schoenen tot 42"),
        ("nl", "onder de tafel"),
        ("pt", "presente até 30 euros"),  # not read
        ("ja", "30 円 以下"),
    ],
)
def test_sizes_ages_and_other_languages_are_no_prices(language: str, query: str) -> None:
    assert price_phrases(query, language) == []


NOUNS = ("lampe", "zeta", "kombu", "tisch", "mesa")
LIMITS = {
    "de": ("unter", "weniger als", "bis", "über", "mehr als", "ab"),
    "fr": ("moins de", "sous", "jusqu'à", "plus de", "dès"),
    "es": ("menos de", "hasta", "más de", "desde"),
    "it": ("meno di", "fino a", "più di", "oltre", "da"),
    "nl": ("onder", "minder dan", "tot", "meer dan", "vanaf"),
}


@settings(max_examples=150)
@given(st.data())
def test_an_amount_of_money_is_read_whatever_stands_around_it(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(ABROAD))
    said = data.draw(st.sampled_from(LIMITS[language]))
    before, after = (data.draw(st.lists(st.sampled_from(NOUNS), max_size=2)) for _ in range(2))
    cents = data.draw(st.integers(1, 9_999_999))
    grouped = f"{cents // 100:,}".replace(",", ".") if data.draw(st.booleans()) else str(cents // 100)
    money = data.draw(st.sampled_from(["€", " €", " euro", " Euro"]))
    query = " ".join([*before, said, f"{grouped},{cents % 100:02}{money}", *after])
    (phrase,) = price_phrases(query, language)
    assert phrase.low == cents / 100
    assert without(query, [phrase]).split() == [*before, *after]


@settings(max_examples=150)
@given(st.data())
def test_words_that_are_no_price_stay(data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(ABROAD))
    pieces = [*LIMITS[language], *NOUNS, "30", "1,5", "cm", "x", "-", "€", "euro", "und", "et", "y", "e", "en", "a"]
    query = " ".join(data.draw(st.lists(st.sampled_from(pieces), max_size=9)))
    phrases = price_phrases(query, language)
    for one, other in pairwise(phrases):
        assert one.end <= other.start
    taken = [word for each in phrases for word in words(query[each.start : each.end])]
    assert not {*NOUNS, "cm"} & set(taken)  # nothing but amounts and the words around them
    assert sorted([*words(without(query, phrases)), *taken]) == sorted(words(query))


@pytest.mark.parametrize("language", PRICE_WORDS)
def test_bearers_are_written_as_they_are_compared(language: str) -> None:
    assert all(folded(word) == word and re.fullmatch(r"\w+", word) for word in PRICE_WORDS[language].bearers)
