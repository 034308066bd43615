namespace Fintech.Producer.Simulation;

/// <summary>What kind of shop it is, and with it when people go there and what they leave.</summary>
/// <param name="Share">Weight among all purchases, before the hour of the day has its say.</param>
/// <param name="Median">Median amount of the log-normal distribution.</param>
/// <param name="Sigma">Its spread: the standard deviation of the amount's logarithm.</param>
/// <param name="Hours">Weights of the five parts of a day, see <see cref="PartOfDay"/>.</param>
/// <param name="Weekend">Factor on Saturdays and Sundays.</param>
/// <param name="Nouns">Second halves of its merchants' names.</param>
internal sealed record Category(string Name, double Share, double Median, double Sigma, double[] Hours, double Weekend, string[] Nouns)
{
    //                                                                          night morning midday afternoon evening
    public static IReadOnlyList<Category> All { get; } =
    [
        new("Groceries", 26, 32, 0.75, [0.2, 1.0, 0.9, 1.3, 1.2], 1.2, ["Market", "Grocers", "Pantry", "Greens"]),
        new("Restaurants", 19, 24, 0.65, [0.4, 0.5, 1.8, 0.7, 1.6], 1.3, ["Kitchen", "Bistro", "Noodle Bar", "Grill"]),
        new("Fuel", 10, 52, 0.40, [0.8, 1.3, 0.8, 1.2, 0.8], 0.9, ["Fuel", "Service Station", "Petrol", "Charging"]),
        new("Entertainment", 9, 18, 0.70, [1.5, 0.4, 0.6, 0.9, 1.6], 1.4, ["Cinema", "Arcade", "Streaming", "Tickets"]),
        new("Fashion", 8, 58, 0.70, [0.3, 0.7, 1.2, 1.5, 0.9], 1.3, ["Outfitters", "Apparel", "Shoes", "Tailors"]),
        new("Health", 6, 28, 0.80, [0.2, 1.4, 1.1, 1.1, 0.5], 0.6, ["Pharmacy", "Dental", "Opticians", "Clinic"]),
        new("Electronics", 5, 140, 0.95, [0.8, 0.6, 1.0, 1.2, 1.3], 1.1, ["Electronics", "Computers", "Phones", "Audio"]),
        new("Travel", 5, 210, 0.90, [0.7, 1.1, 0.9, 1.0, 1.2], 0.9, ["Airways", "Hotels", "Rail", "Journeys"]),
        new("Utilities", 4, 85, 0.50, [0.9, 1.5, 1.0, 0.8, 0.5], 0.3, ["Energy", "Water", "Telecom", "Insurance"]),
        new("Luxury", 2, 480, 0.80, [0.1, 0.6, 1.2, 1.6, 0.8], 1.2, ["Jewellers", "Watches", "Gallery", "Atelier"]),
    ];

    /// <summary>Where the rare purchase of thousands is made.</summary>
    public static IReadOnlyList<string> HighValue { get; } = ["Luxury", "Travel", "Electronics", "Fashion"];

    public double WeightAt(int hour, bool weekend) => Share * Hours[PartOfDay(hour)] * (weekend ? Weekend : 1);

    private static int PartOfDay(int hour) => hour switch
    {
        < 6 => 0,
        < 11 => 1,
        < 15 => 2,
        < 18 => 3,
        _ => 4,
    };
}
