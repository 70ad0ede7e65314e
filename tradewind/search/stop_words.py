"""Words that carry no meaning in a query of a shop, by language: our own short lists, folded.

Short on purpose: a word that names a thing, a size, a colour or an exclusion ("no", "not", "without", "off") stays.
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "a about am an and any are as at be been being but by can could did do does for from had has have he her "
        "hers him his how i id if ill im in into is it its ive just me my of on or our ours she should so some "
        "someone something that the their theirs them then there these they this those to us very was we were what "
        "when where which who whom whose why will with would you your yours",
        "de": "als am an auch auf aus bei bin bis das dass dem den der des die ein eine einem einen einer eines er es "
        "etwas fur hat ich ihr im in ist mein meine meinen meiner mich mir mit nach oder sein seine sich sie sind so "
        "und uns unser von vom was wir wie zu zum zur",
        "es": "a al algo como con de del el ella en es esta este esto la las le lo los me mi mis o para por que se ser "
        "son su sus te tu tus un una unas uno unos y yo",
        "fr": "a au aux avec ce ces cet cette dans de des du elle en et eux il ils je la le les leur leurs lui ma mais "
        "me mes moi mon nos notre nous on ou par pour que quelque qui sa se ses son sur ta te tes ton tu un une vos "
        "votre vous y",
        "it": "a ad agli ai al alla alle allo anche che chi ci come con da dai dal dalla de degli dei del della delle "
        "dello di e ed gli ha i il in io la le lei lo lui ma mi mia mie mio nei nel nella noi o per qualcosa si su sua "
        "sue sul sulla suo ti tra tu tua un una uno vi voi",
        "nl": "aan al als bij dan dat de den der deze die dit door een en er het hij hoe ik iets in is je jij me met "
        "mij mijn na naar of om ons onze ook op te tot u uit uw van voor wat we wie wij ze zij zijn zo",
        "pt": "a ao aos as algo com como da das de do dos e ela ele em essa esse esta este eu isso isto lhe mais me "
        "meu minha na nas no nos o os ou para pela pelo por que se seu sua te tu um uma umas uns voce",
    }.items()
}
