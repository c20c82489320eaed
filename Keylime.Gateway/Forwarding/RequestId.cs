using System.Security.Cryptography;

namespace Keylime.Gateway.Forwarding;

/// <summary>The <c>X-Request-ID</c> that ties the log lines of gateway and back end together.</summary>
internal static class RequestId
{
    public const string Header = "X-Request-ID";

    private const int MaxLength = 36;

    /// <summary>The client's, reduced to what back ends accept; a new one when nothing is left of it.</summary>
    public static string Of(HttpRequest request)
    {
        var given = string.Concat(request.Headers[Header].ToString().Where(c => char.IsAsciiLetterOrDigit(c) || c == '_').Take(MaxLength));
        return given.Length > 0 ? given : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    }
}
