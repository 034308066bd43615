using Microsoft.Extensions.Configuration;

namespace Fintech.Embedded.Clients;

internal static class ClientSettings
{
    /// <summary>Weakest first: the section, the section of that name, <c>ConnectionStrings:{name}</c>, then what the program itself says.</summary>
    public static T Read<T>(
        IConfiguration configuration, string section, string name, Action<T, string> setConnectionString, Action<T>? configure) where T : new()
    {
        var settings = new T();
        configuration.GetSection(section).Bind(settings);
        configuration.GetSection($"{section}:{name}").Bind(settings);
        if (configuration.GetConnectionString(name) is { } connectionString)
            setConnectionString(settings, connectionString);

        configure?.Invoke(settings);
        return settings;
    }

    /// <summary>Asked for only when the client is made, as under Aspire: a program that never uses it starts without.</summary>
    public static string Require(string? connectionString, string section, string name) => string.IsNullOrWhiteSpace(connectionString)
        ? throw new InvalidOperationException(
            $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{name}' or under the key 'ConnectionString' in '{section}' or '{section}:{name}'.")
        : connectionString;
}
