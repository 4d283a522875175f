"""Languages as containers name them and as playlists do: ISO 639-2 in, BCP 47 out. Pure."""

import re

LANGUAGE_METADATA = "headrace-language"
"""The user metadata of an original that names what is spoken: S3's header ``x-amz-meta-headrace-language``."""

# Source: RFC 5646 §2.1, without what is grandfathered.
_TAG = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8}){0,4}")
_LONGEST = 35
_ENGLISH = """
af afr Afrikaans|am amh Amharic|ar ara Arabic|as asm Assamese|az aze Azerbaijani|ba bak Bashkir|be bel Belarusian
bg bul Bulgarian|bn ben Bengali|bo bod,tib Tibetan|br bre Breton|bs bos Bosnian|ca cat Catalan|cs ces,cze Czech
cy cym,wel Welsh|da dan Danish|de deu,ger German|el ell,gre Greek|en eng English|eo epo Esperanto|es spa Spanish
et est Estonian|eu eus,baq Basque|fa fas,per Persian|fi fin Finnish|fil fil Filipino|fo fao Faroese|fr fra,fre French
fy fry Frisian|ga gle Irish|gl glg Galician|gu guj Gujarati|ha hau Hausa|haw haw Hawaiian|he heb Hebrew|hi hin Hindi
hr hrv Croatian|ht hat Haitian|hu hun Hungarian|hy hye,arm Armenian|id ind Indonesian|ig ibo Igbo|is isl,ice Icelandic
it ita Italian|ja jpn Japanese|jv jav Javanese|ka kat,geo Georgian|kk kaz Kazakh|km khm Khmer|kn kan Kannada
ko kor Korean|ku kur Kurdish|ky kir Kyrgyz|la lat Latin|lb ltz Luxembourgish|ln lin Lingala|lo lao Lao
lt lit Lithuanian|lv lav Latvian|mg mlg Malagasy|mi mri,mao Maori|mk mkd,mac Macedonian|ml mal Malayalam
mn mon Mongolian|mr mar Marathi|ms msa,may Malay|mt mlt Maltese|my mya,bur Burmese|nb nob Norwegian|ne nep Nepali
nl nld,dut Dutch|nn nno Norwegian|no nor Norwegian|oc oci Occitan|or ori,ory Odia|pa pan Punjabi|pl pol Polish
ps pus Pashto|pt por Portuguese|ro ron,rum Romanian|ru rus Russian|rw kin Kinyarwanda|sa san Sanskrit|sd snd Sindhi
si sin Sinhala|sk slk,slo Slovak|sl slv Slovenian|sn sna Shona|so som Somali|sq sqi,alb Albanian|sr srp Serbian
su sun Sundanese|sv swe Swedish|sw swa Swahili|ta tam Tamil|te tel Telugu|tg tgk Tajik|th tha Thai|ti tir Tigrinya
tk tuk Turkmen|tl tgl Tagalog|tr tur Turkish|tt tat Tatar|ug uig Uyghur|uk ukr Ukrainian|ur urd Urdu|uz uzb Uzbek
vi vie Vietnamese|xh xho Xhosa|yi yid Yiddish|yo yor Yoruba|yue yue Cantonese|zh zho,chi Chinese|zu zul Zulu
"""
_ROWS = [row.split() for row in _ENGLISH.replace("\n", "|").split("|") if row]
_SHORT = {code: short for short, codes, _ in _ROWS for code in codes.split(",")}
_NAMES = {short: name for short, _, name in _ROWS}


def bcp47(language: str | None) -> str:
    """Return a language as the shortest tag, ``und`` where a container says nothing of it, or no tag."""
    said = (language or "").strip().lower().replace("_", "-")
    if len(said) > _LONGEST or not _TAG.fullmatch(said):
        return "und"
    first, *more = said.split("-")
    return "-".join([_SHORT.get(first, first), *more])


def name_of(language: str) -> str:
    """Return what a language is called in English; the tag itself where that is not known, nothing for ``und``."""
    return "" if language == "und" else _NAMES.get(language.partition("-")[0], language)
