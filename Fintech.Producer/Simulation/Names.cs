namespace Fintech.Producer.Simulation;

/// <summary>
/// Made-up names. Last names are chosen to occur nowhere else (no Baker, no May), so that a test which looks for one
/// in a log or a table finds a leak and not a coincidence; a few are not ASCII, as in any real customer table.
/// </summary>
internal static class Names
{
    public static readonly string[] First =
    [
        "Ada", "Amara", "Anton", "Beatriz", "Bruno", "Carla", "Chidi", "Clara", "Dario", "Dmitri", "Edda", "Elif", "Emil", "Farah", "Felix",
        "Greta", "Hana", "Hugo", "Ines", "Ivan", "Jelena", "Jonas", "José", "Kaito", "Kira", "Lena", "Luca", "Mei", "Milan", "Nadia",
        "Noor", "Olga", "Oskar", "Priya", "Rafael", "Rosa", "Samir", "Sofia", "Tariq", "Vera", "Yara", "Zoë",
    ];

    public static readonly string[] Last =
    [
        "Abernathy", "Achterberg", "Adeyemi", "Albuquerque", "Bergström", "Bhattacharya", "Brzezinski", "Castellanos", "Chukwuemeka", "Dombrowski",
        "Eisenhauer", "Etxeberria", "Farnsworth", "Ferreira", "Fitzgerald", "Gallagher", "Grünewald", "Guerrero", "Hashimoto", "Haverkamp",
        "Ibrahimovic", "Iwasaki", "Janssens", "Kowalczyk", "Krishnamurthy", "Lindqvist", "Lombardi", "MacAllister", "Maldonado", "Montgomery",
        "Nakagawa", "Nwachukwu", "O'Shaughnessy", "Oyelaran", "Papadopoulos", "Pietersen", "Quattlebaum", "Ramanathan", "Rosenqvist", "Schwarzkopf",
        "Søndergaard", "Szymanski", "Takahashi", "Tchaikovsky", "Underhill", "Vanderbilt", "Vasquez", "Wolkenstein", "Yamaguchi", "Zimmermann",
    ];

    /// <summary>First halves of merchants' names; some hold what careless markup or quoting would trip over.</summary>
    public static readonly string[] Merchant =
    [
        "Harbor", "Linden", "Aurora", "Copper", "Fern & Oak", "Juniper", "Old Mill", "Northgate", "Bluebird", "Marigold",
        "Riverside", "Zoë's", "Summit", "Lantern", "Saffron", "Willow", "Granite", "Paper Moon", "Compass", "Cobalt",
        "Meadow", "Foxglove", "Ironbridge", "Sparrow", "Café Nord", "Maple", "Tidewater", "Amber", "Crescent", "Highline",
        "Orchard", "Pinnacle", "Quayside", "Redwood", "Silver Birch", "Thistle", "Union", "Velvet", "Westwind", "Yellow Door",
    ];

    /// <summary>Merchants that are on receipts but in nobody's register.</summary>
    public static readonly string[] UnknownMerchants =
    [
        "Pop-up 17", "Pop-up 42", "Night Bazaar", "Kiosk 9", "Kiosk 23", "Fairground Stall", "MKTPLC*7731", "MKTPLC*0482", "SQ *Corner Cart", "Vending 0815",
    ];
}
