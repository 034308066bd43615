namespace Fintech.Dashboard.Security;

/// <summary>What somebody is told who may not: problem details, whichever part of the pipeline says no.</summary>
internal static class Refusal
{
    public static Task WriteAsync(HttpContext context, int status, string sentence) =>
        Results.Problem(sentence, statusCode: status).ExecuteAsync(context);

    public static Task UnauthorizedAsync(HttpContext context) =>
        WriteAsync(context, StatusCodes.Status401Unauthorized, "You are not signed in, or no longer: sign in at /sign-in, or send an API key.");

    public static Task ForbiddenAsync(HttpContext context) => WriteAsync(
        context, StatusCodes.Status403Forbidden,
        $"As {Roles.Of(context.User) ?? "nobody"} you may not do this: it asks for a higher role.");
}
