using Keylime.Agent.Identity;
using Keylime.Agent.Payload;
using Keylime.Protocol;
using Keylime.Protocol.V2;
using Keylime.ServiceDefaults.Http;

namespace Keylime.Agent.Quotes;

/// <summary><c>/quotes</c>: what the TPM says about this machine, and the logs that explain it.</summary>
internal static class QuoteEndpoints
{
    public static void MapQuotes(this IEndpointRouteBuilder api)
    {
        api.MapGet("/quotes/identity", IdentityAsync).WithName("IdentityQuote");
        api.MapGet("/quotes/integrity", IntegrityAsync).WithName("IntegrityQuote");
    }

    private static async Task<IResult> IdentityAsync(HttpContext context, AgentIdentity identity, QuoteSource quotes, CancellationToken ct)
    {
        if (!QuoteParameters.TryReadIdentity(QueryOf(context), out var parameters, out var error)) return BadRequest(error);
        return await quotes.QuoteAsync(parameters.Nonce, parameters.Mask, ct) is { } quote
            ? Answers.Ok(Describe(quote, identity, parameters, context.GetApiVersion()))
            : Unavailable();
    }

    private static async Task<IResult> IntegrityAsync(HttpContext context, AgentIdentity identity, QuoteSource quotes, MeasurementLogs logs, CancellationToken ct)
    {
        if (!QuoteParameters.TryReadIntegrity(QueryOf(context), out var parameters, out var error)) return BadRequest(error);
        // The quote first, the logs afterwards: a verifier can pass over entries that are newer than the quote, but not miss any.
        if (await quotes.QuoteAsync(parameters.Nonce, parameters.Mask, ct) is not { } quote || !logs.TryRead(parameters, out var ima, out var boot)) return Unavailable();
        return Answers.Ok(Describe(quote, identity, parameters, context.GetApiVersion()) with
        {
            ImaMeasurementList = ima?.Text,
            ImaMeasurementListEntry = ima?.FirstEntry,
            MbMeasurementList = boot is null ? null : Convert.ToBase64String(boot),
        });
    }

    private static QuoteResponse Describe(string quote, AgentIdentity identity, QuoteParameters parameters, ApiVersion version) => new()
    {
        Quote = quote,
        HashAlg = identity.Algorithms.HashName,
        EncAlg = identity.Algorithms.EncryptionName(version),
        SignAlg = identity.Algorithms.SigningName,
        Pubkey = parameters.WithKey ? identity.PayloadKey.PublicPem : null,
    };

    private static QuoteParameters.QueryLookup QueryOf(HttpContext context) => new RequestQuery(context.Request.QueryString).TryGet;

    private static IResult BadRequest(string error) => Answers.Error(StatusCodes.Status400BadRequest, error);

    private static IResult Unavailable() => Answers.Error(StatusCodes.Status500InternalServerError, "Unable to retrieve quote");
}
