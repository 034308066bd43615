using System.Globalization;
using System.Text.RegularExpressions;
using Fintech.Analysis;
using Xunit;

namespace Fintech.Tests.Analysis;

/// <summary>Colours that mean different things stay apart for colour-blind eyes, on screen and on paper: measured, not believed.</summary>
public sealed partial class PaletteTests
{
    /// <summary>Differences in CIE Lab; about 2 can just be told apart side by side.</summary>
    private const double Floor = 25;

    // Machado, Oliveira and Fernandes (2009), full severity, for linear RGB.
    private static readonly Dictionary<string, double[]> Eyes = new()
    {
        ["usual"] = [1, 0, 0, 0, 1, 0, 0, 0, 1],
        ["protanopia"] = [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        ["deuteranopia"] = [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Colours_of_charts_stay_apart_for_colour_blind_eyes(int scheme)
    {
        // Beside each other: columns with the alert's line and the median's; rejected rows; the paper and what is drawn on it.
        string[] names = ["one", "alert", "warn", "text", "paper"];
        var colours = names.ToDictionary(name => name, name => Colour(name, scheme));
        foreach (var (eye, matrix) in Eyes)
        {
            foreach (var (a, b) in names.SelectMany((a, i) => names.Skip(i + 1).Select(b => (a, b))))
            {
                var distance = Distance(Lab(Seen(colours[a], matrix)), Lab(Seen(colours[b], matrix)));
                Assert.True(distance >= Floor, $"--{a} and --{b} are {distance:0.0} apart with {eye}, in the {(scheme == 0 ? "light" : "dark")} scheme.");
            }
        }
    }

    /// <summary>--one: light-dark(#0072b2, #2f8fd6);</summary>
    private static double[] Colour(string name, int scheme)
    {
        var match = Definition().Matches(EmbeddedText.Read("Document/style.css")).Single(match => match.Groups[1].Value == name);
        var hex = match.Groups[2 + scheme].Value;
        return [.. Enumerable.Range(0, 3).Select(i => Linear(int.Parse(hex.AsSpan(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0))];
    }

    private static double Linear(double c) => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);

    private static double[] Seen(double[] c, double[] m) =>
        [.. Enumerable.Range(0, 3).Select(i => Math.Clamp(m[3 * i] * c[0] + m[3 * i + 1] * c[1] + m[3 * i + 2] * c[2], 0, 1))];

    private static double[] Lab(double[] c)
    {
        var x = F((0.4124564 * c[0] + 0.3575761 * c[1] + 0.1804375 * c[2]) / 0.95047);
        var y = F(0.2126729 * c[0] + 0.7151522 * c[1] + 0.0721750 * c[2]);
        var z = F((0.0193339 * c[0] + 0.1191920 * c[1] + 0.9503041 * c[2]) / 1.08883);
        return [116 * y - 16, 500 * (x - y), 200 * (y - z)];

        static double F(double t) => t > 0.008856 ? Math.Cbrt(t) : 7.787 * t + 16 / 116.0;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));

    [GeneratedRegex("--([a-z]+): light-dark\\(#([0-9a-f]{6}), #([0-9a-f]{6})\\);")]
    private static partial Regex Definition();
}
