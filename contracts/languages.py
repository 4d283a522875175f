"""Languages as containers name them and as playlists do: ISO 639-2 in, BCP 47 out. Pure."""

_ENGLISH = """
ar ara Arabic|bg bul Bulgarian|bn ben Bengali|bs bos Bosnian|ca cat Catalan|cs ces,cze Czech|cy cym,wel Welsh
da dan Danish|de deu,ger German|el ell,gre Greek|en eng English|es spa Spanish|et est Estonian|eu eus,baq Basque
fa fas,per Persian|fi fin Finnish|fr fra,fre French|ga gle Irish|gl glg Galician|gu guj Gujarati|he heb Hebrew
hi hin Hindi|hr hrv Croatian|hu hun Hungarian|hy hye,arm Armenian|id ind Indonesian|is isl,ice Icelandic
it ita Italian|ja jpn Japanese|ka kat,geo Georgian|kk kaz Kazakh|kn kan Kannada|ko kor Korean|la lat Latin
lt lit Lithuanian|lv lav Latvian|mk mkd,mac Macedonian|ml mal Malayalam|mn mon Mongolian|mr mar Marathi
ms msa,may Malay|nb nob Norwegian|ne nep Nepali|nl nld,dut Dutch|nn nno Norwegian|no nor Norwegian|pa pan Punjabi
pl pol Polish|pt por Portuguese|ro ron,rum Romanian|ru rus Russian|sk slk,slo Slovak|sl slv Slovenian
sq sqi,alb Albanian|sr srp Serbian|sv swe Swedish|sw swa Swahili|ta tam Tamil|te tel Telugu|th tha Thai
tr tur Turkish|uk ukr Ukrainian|ur urd Urdu|uz uzb Uzbek|vi vie Vietnamese|zh zho,chi Chinese
"""
_ROWS = [row.split() for row in _ENGLISH.replace("\n", "|").split("|") if row]
_SHORT = {code: short for short, codes, _ in _ROWS for code in codes.split(",")}
_NAMES = {short: name for short, _, name in _ROWS}


def bcp47(language: str | None) -> str:
    """Return a language as the shortest tag, ``und`` where a container says nothing of it."""
    first, *more = (language or "und").strip().lower().replace("_", "-").split("-")
    return "-".join([_SHORT.get(first, first or "und"), *more])


def name_of(language: str) -> str:
    """Return what a language is called in English; the tag itself where that is not known, nothing for ``und``."""
    return "" if language == "und" else _NAMES.get(language.partition("-")[0], language)
