using Fintech.Etl.Worker.Streaming;

namespace Fintech.Etl.Worker.Quarantine;

internal static class QuarantineExtensions
{
    /// <summary>The way back out of the quarantine; needs the batch path.</summary>
    public static IHostApplicationBuilder AddQuarantine(this IHostApplicationBuilder builder)
    {
        // Events that name no currency have that of the stream.
        builder.Services.AddOptions<StreamOptions>().BindConfiguration(StreamOptions.Section).ValidateItself();
        builder.Services.AddSingleton<QuarantineBook>();
        builder.Services.AddSingleton<Replay>();
        return builder;
    }
}
