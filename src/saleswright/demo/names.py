"""Invented names for companies and people, and the ways a company name gets typed twice."""

from collections.abc import Iterator
from random import Random

OPENINGS = (
    "Bram", "Cald", "Dorv", "Esk", "Fenn", "Gorl", "Hesk", "Ivr", "Jorn", "Kelb", "Lanv", "Mord", "Nesk", "Orv",
    "Pell", "Quor", "Rusk", "Silv", "Torv", "Ulm", "Vesk", "Wend", "Yarv", "Zell", "Brev", "Drel", "Gral", "Prav",
)  # fmt: skip
MIDDLES = ("a", "e", "i", "o", "u", "ande", "ela", "imo", "orra", "ushe", "elti", "ovi")
CLOSINGS = (
    "brask", "dane", "fell", "gast", "holm", "kirn", "lund", "mere", "nock", "pont", "quist", "rund", "stow", "thorn",
    "vane", "wick", "zar", "dell", "firth", "march",
)  # fmt: skip
INDUSTRIES = {
    "Manufacturing": ("Fittings", "Castings", "Mouldings", "Toolworks"),
    "Retail": ("Outfitters", "Grocers", "Furnishings", "Emporium"),
    "Healthcare": ("Clinics", "Diagnostics", "Care Homes", "Dental"),
    "Financial Services": ("Lending", "Assurance", "Brokerage", "Trustees"),
    "Technology": ("Software", "Circuits", "Telematics", "Hosting"),
    "Logistics": ("Haulage", "Freight", "Warehousing", "Parcels"),
    "Energy": ("Turbines", "Heat", "Solar", "Grid Works"),
    "Education": ("Academies", "Tutoring", "Press", "Learning"),
}
FORMS = ("Inc.", "LLC", "Ltd", "Group", "Holdings", "Co.", "")
FIRST_NAMES = (
    "Ada", "Bela", "Cora", "Dario", "Edda", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Leif", "Mira", "Nils",
    "Olga", "Piet", "Quin", "Rosa", "Sven", "Tara", "Udo", "Vera", "Wim", "Xenia", "Yara", "Zeno", "Amara", "Bruno",
    "Chidi", "Devi", "Emeka", "Fumiko", "Goran", "Hana", "Ilya", "Jaya", "Kenji", "Lucia", "Mateo", "Noor",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Bergqvist", "Castellan", "Dvorsky", "Eklund", "Farrow", "Galvez", "Hartung", "Iwamori", "Jansky",
    "Kessel",
    "Lorimer", "Marsden", "Nakata", "Okafor", "Pereda", "Quint", "Rahimi", "Sorley", "Tanaka", "Ulrich", "Varga",
    "Wexler", "Yilmaz", "Zanetti", "Ashby", "Bannerji", "Corvin", "Delmar", "Espino", "Fiala", "Grell", "Holt",
    "Ingram",
)  # fmt: skip


def company_words(rng: Random) -> Iterator[str]:
    """Invented first words of company names, each once, in shuffled order."""
    words = [a + b + c for a in OPENINGS for b in MIDDLES for c in CLOSINGS]
    rng.shuffle(words)
    return iter(words)


def variant(rng: Random, name: str, form: str) -> str:
    """The same company typed by somebody else: another form, case, article or a slip of the finger."""
    bare = name.removesuffix(f" {form}") if form else name
    way = rng.randrange(6)
    if way == 0:
        return f"{bare} {rng.choice([f for f in FORMS[:6] if f != form])}"
    if way == 1:
        return bare.upper()
    if way == 2:
        return f"The {name}"
    if way == 3:
        return f"{bare.replace(' ', '  ', 1)} "
    place = rng.randrange(2, bare.index(" ") - 1)
    if way == 4:
        return bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :] + " Corp"
    return f"{bare[:place]}{bare[place]}{bare[place:]}, {form or 'Inc'}"
