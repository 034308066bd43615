namespace Fintech.Etl.Worker.Extract;

/// <summary>What a column must hold, and which types of PostgreSQL do.</summary>
/// <param name="Expected">As a sentence names it.</param>
internal sealed record ColumnKind(string Expected, params string[] Types)
{
    public static readonly ColumnKind Id = new("integer or bigint", "integer", "bigint", "smallint");
    public static readonly ColumnKind Text = new("text", "text", "character varying", "character");
    public static readonly ColumnKind Day = new("date", "date");
    public static readonly ColumnKind Moment = new("timestamp", "timestamp without time zone", "timestamp with time zone");

    /// <summary>No integer: whether it counts cents or whole units, only the author of the extract can know, and say by a cast.</summary>
    public static readonly ColumnKind Amount = new("numeric", "numeric");

    /// <summary>Why a type that looks near enough is not taken.</summary>
    public static string Refusal(string type) => type switch
    {
        "double precision" or "real" => ", which loses cents",
        "money" => ", whose decimals depend on a setting of the server",
        _ => "",
    };
}

/// <summary>A column that an extract yields.</summary>
/// <param name="InTable">Its name in the table that the extract of ours reads.</param>
internal sealed record ExtractColumn(string Name, ColumnKind Kind, string InTable, bool IsOptional = false)
{
    public const string TransactionId = "transaction_id";
    public const string CustomerId = "customer_id";
    public const string TransactionDate = "transaction_date";
    public const string Amount = "amount";
    public const string MerchantName = "merchant_name";
    public const string Type = "type";
    public const string Currency = "currency";
    public const string TerminalId = "terminal_id";
    public const string UpdatedAt = "updated_at";
    public const string FirstName = "first_name";
    public const string LastName = "last_name";
    public const string Email = "email";
    public const string SignupDate = "signup_date";

    public static readonly IReadOnlyList<ExtractColumn> OfCustomers =
    [
        Needed(CustomerId, ColumnKind.Id),
        Needed(FirstName, ColumnKind.Text),
        Needed(LastName, ColumnKind.Text),
        Needed(Email, ColumnKind.Text),
        Needed(SignupDate, ColumnKind.Day),
        Optional(UpdatedAt, ColumnKind.Moment),
    ];

    public static readonly IReadOnlyList<ExtractColumn> OfTransactions =
    [
        Needed(TransactionId, ColumnKind.Id),
        Needed(CustomerId, ColumnKind.Id),
        Needed(TransactionDate, ColumnKind.Moment),
        Needed(Amount, ColumnKind.Amount),
        Needed(MerchantName, ColumnKind.Text) with { InTable = "merchant_details" },
        Optional(Type, ColumnKind.Text),
        Optional(Currency, ColumnKind.Text),
        Optional(TerminalId, ColumnKind.Text),
        Optional(UpdatedAt, ColumnKind.Moment),
    ];

    private static ExtractColumn Needed(string name, ColumnKind kind) => new(name, kind, name);

    private static ExtractColumn Optional(string name, ColumnKind kind) => new(name, kind, name, IsOptional: true);
}
