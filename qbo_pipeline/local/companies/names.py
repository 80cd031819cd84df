"""Made-up people, firms and addresses that read like real ones; none is meant to be anybody's."""

from __future__ import annotations

from random import Random
from typing import NamedTuple


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


GIVEN_NAMES = _listed(
    "Amara, Andre, Anika, Beatriz, Brendan, Caleb, Camille, Carmen, Chidi, Clara, Colin, Dalia, Darius, Deepa, "
    "Desmond, Elena, Elliot, Esther, Farid, Fiona, Gabriel, Gemma, Gordon, Hana, Harriet, Hector, Hugo, Imani, "
    "Ines, Isaac, Jasper, Joan, Jonas, Kavya, Keiko, Kwame, Lars, Leah, Lena, Lionel, Lucia, Mabel, Malik, Marisol, "
    "Mateo, Mei, Miriam, Nadia, Naomi, Nico, Nora, Omar, Oscar, Paloma, Petra, Priya, Quentin, Rafael, Rosa, Ruben, "
    "Ruth, Samir, Sanjay, Selma, Simon, Sofia, Stefan, Tamsin, Theo, Tomas, Uma, Valerie, Victor, Wanda, Wesley, "
    "Yara, Yusuf, Zoe"
)

FAMILY_NAMES = _listed(
    "Abara, Albrecht, Alvarado, Ames, Amundsen, Baptiste, Barlow, Becker, Bhatt, Blackwood, Brennan, Cardoso, "
    "Castellano, Chandra, Chowdhury, Coburn, Dalton, Delacroix, Demir, Dunmore, Eastman, Ekström, Ellery, Escobar, "
    "Fairbanks, Farrow, Ferreira, Galloway, Garrity, Grantham, Haddad, Halvorsen, Hargrove, Hidalgo, Holloway, "
    "Ibarra, Ingram, Iversen, Jansen, Jellicoe, Kaminski, Kaplan, Kimura, Lachance, Lindqvist, Lockhart, Maddox, "
    "Marchetti, Merriweather, Nakamura, Navarro, Novak, Oduya, Okafor, Orlov, Padilla, Pemberton, Petrov, Quill, "
    "Ramaswamy, Redfern, Rosales, Rourke, Sandoval, Schaefer, Sorensen, Stavros, Takahashi, Tanaka, Thackeray, "
    "Underhill, Valdez, Vasquez, Wainwright, Weatherby, Whitlock, Yamada, Zielinski"
)

_FIRM_WORDS = _listed(
    "Alder, Amberfield, Ashgrove, Bayridge, Birchwood, Blackthorn, Bluestem, Bramble, Brightwater, Cairn, "
    "Cedarline, Clearbrook, Cobalt, Copperleaf, Cresthaven, Crosswind, Dovetail, Driftwood, Eastgate, Elmhurst, "
    "Emberly, Fairlead, Fernhill, Fieldstone, Flintlock, Foxglove, Gables, Glenmoor, Greywater, Harborlight, "
    "Hawthorn, Hearthstone, Hollins, Ironwood, Juniper, Kestrel, Kingsbury, Lakemont, Lantern, Larchmont, Linden, "
    "Longview, Lowland, Maplecrest, Marlow, Millrace, Millstone, Northgate, Oakhaven, Old Mill, Orchard, Osprey, "
    "Palisade, Pinecrest, Plumbline, Quarry, Quillfeather, Redwing, Ridgeline, Riverbend, Rosewood, Saltmarsh, "
    "Sandpiper, Seabrook, Silverpine, Southfork, Springhouse, Stillwater, Stonebridge, Sycamore, Tamarack, Thistle, "
    "Timberline, Trellis, Upland, Valewood, Verdant, Westbrook, Whitewater, Wildrose, Willowbend, Windrow, Wolcott, "
    "Wren, Yarrow"
)

CLIENT_LINES = _listed(
    "Health Partners, Property Group, Foods, Logistics, Dental Group, Community Trust, Architects, Energy, "
    "Biosciences, Credit Union, Outdoor Supply, Learning, Software, Insurance Brokers, Hospitality, Wellness, "
    "Media, Brewing Co., Veterinary Clinic, Design Studio, Capital, Law Group, Housing Association, Freight, "
    "Analytics"
)

TRADE_LINES = _listed(
    "Construction, Builders, Equipment Rental, Farm Supply, Millwork, Steel Erectors, Contracting, Machine Works, "
    "Trailers, Fencing, Property Services, Marine, Packaging, Food Equipment, HVAC, Landscape Supply, Conveyors, "
    "Restoration, Cabinetry, Excavating, Welding Supply, Roofing, Storage Systems, Agri-Parts, Playgrounds"
)

_SUFFIXES = ("", "", "", " LLC", " LLC", " Inc.", " Inc.", " Co.", " Group", " Partners")

_STREETS = _listed(
    "Alder, Birch, Canal, Cedar, Church, Commerce, Depot, Elm, Foundry, Franklin, Garden, Grove, Harbor, Highland, "
    "Hillcrest, Industrial, Juniper, Lake, Laurel, Liberty, Lincoln, Locust, Main, Maple, Market, Meadow, Mill, "
    "Oak, Orchard, Park, Pearl, Pine, Prospect, Railroad, Ridge, River, Second, Spring, Spruce, State, Station, "
    "Sycamore, Third, Union, Valley, Walnut, Washington, Water, Willow"
)

_STREET_KINDS = ("St", "St", "Ave", "Ave", "Rd", "Blvd", "Dr", "Way", "Ln")


class Place(NamedTuple):
    """A town: name, state or country subdivision, first digits of its postal codes, country (ISO-3), where it lies."""

    city: str
    state: str
    postal: str
    country: str
    latitude: float
    longitude: float


PACIFIC_NORTHWEST = (
    Place("Portland", "OR", "972", "USA", 45.52, -122.68),
    Place("Beaverton", "OR", "970", "USA", 45.49, -122.8),
    Place("Lake Oswego", "OR", "970", "USA", 45.41, -122.69),
    Place("Salem", "OR", "973", "USA", 44.94, -123.03),
    Place("Bend", "OR", "977", "USA", 44.06, -121.31),
    Place("Vancouver", "WA", "986", "USA", 45.63, -122.66),
    Place("Tacoma", "WA", "984", "USA", 47.25, -122.44),
    Place("Seattle", "WA", "981", "USA", 47.61, -122.33),
    Place("Boise", "ID", "837", "USA", 43.62, -116.2),
    Place("Sacramento", "CA", "958", "USA", 38.58, -121.49),
)
GREAT_LAKES = (
    Place("Akron", "OH", "443", "USA", 41.08, -81.52),
    Place("Canton", "OH", "447", "USA", 40.8, -81.38),
    Place("Youngstown", "OH", "445", "USA", 41.1, -80.65),
    Place("Mansfield", "OH", "449", "USA", 40.76, -82.52),
    Place("Toledo", "OH", "436", "USA", 41.65, -83.54),
    Place("Lima", "OH", "458", "USA", 40.74, -84.11),
    Place("Fort Wayne", "IN", "468", "USA", 41.08, -85.14),
    Place("South Bend", "IN", "466", "USA", 41.68, -86.25),
    Place("Erie", "PA", "165", "USA", 42.13, -80.09),
    Place("Wheeling", "WV", "260", "USA", 40.06, -80.72),
)
ABROAD = {
    "EUR": (
        Place("Rotterdam", "ZH", "30", "NLD", 51.92, 4.48),
        Place("Hamburg", "HH", "20", "DEU", 53.55, 9.99),
        Place("Lyon", "ARA", "69", "FRA", 45.76, 4.84),
    ),
    "GBP": (
        Place("Bristol", "England", "BS", "GBR", 51.45, -2.59),
        Place("Leeds", "England", "LS", "GBR", 53.8, -1.55),
    ),
    "CAD": (Place("Kelowna", "BC", "V1", "CAN", 49.89, -119.5), Place("Hamilton", "ON", "L8", "CAN", 43.26, -79.87)),
}


def person(rng: Random) -> tuple[str, str]:
    """Given and family name."""
    return rng.choice(GIVEN_NAMES), rng.choice(FAMILY_NAMES)


def firm(rng: Random, lines: tuple[str, ...], taken: set[str]) -> str:
    """A firm's name not in `taken`, which it joins."""
    while True:
        style = rng.random()
        if style < 0.72:
            name = f"{rng.choice(_FIRM_WORDS)} {rng.choice(lines)}"
        elif style < 0.88:
            name = f"{rng.choice(FAMILY_NAMES)} & {rng.choice(FAMILY_NAMES)}{rng.choice(_SUFFIXES)}"
        else:
            name = f"{rng.choice(FAMILY_NAMES)} {rng.choice(lines)}{rng.choice(_SUFFIXES)}"
        if len(taken) > 3000:  # Benchmarks ask for more firms than the words can tell apart.
            name = f"{name} No. {len(taken)}"
        name = (
            name.replace("Co. LLC", "LLC")
            .replace("Co. Inc.", "Inc.")
            .replace("Co. Co.", "Co.")
            .replace("Group Group", "Group")
        )
        if name not in taken:
            taken.add(name)
            return name


def domain(name: str) -> str:
    """An address no mail can reach: `fernhillfoods.example`."""
    return "".join(c for c in name.lower() if c.isascii() and c.isalnum()) + ".example"


def phone(rng: Random, area: str) -> str:
    """In the block reserved for fiction."""
    return f"({area}) 555-01{rng.randrange(100):02d}"


def street(rng: Random) -> str:
    """`1840 Foundry Rd`."""
    return f"{rng.randrange(12, 9800)} {rng.choice(_STREETS)} {rng.choice(_STREET_KINDS)}"


def postal_code(rng: Random, place: Place) -> str:
    """Five digits in the United States, the local pattern elsewhere."""
    if place.country == "USA":
        return f"{place.postal}{rng.randrange(100):02d}"
    if place.country == "GBR":
        return (
            f"{place.postal}{rng.randrange(1, 20)} {rng.randrange(1, 9)}{rng.choice('ABDEFGHJ')}{rng.choice('LNPQRS')}"
        )
    if place.country == "CAN":
        return f"{place.postal}{rng.choice('ABCEGHJ')} {rng.randrange(1, 9)}{rng.choice('KLMNP')}{rng.randrange(1, 9)}"
    return f"{place.postal}{rng.randrange(100, 999)}"
