using System.Reflection;

namespace Fintech.Analysis;

/// <summary>The embedded <c>.sql</c>, <c>.css</c> and <c>.js</c> files, by their path in the project.</summary>
internal static class EmbeddedText
{
    public static string Read(string path)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(path)
            ?? throw new InvalidOperationException($"The embedded file '{path}' does not exist.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
