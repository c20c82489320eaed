using Keylime.Client;

namespace Keylime.Tenant.Connections;

/// <summary>Turns failed answers into what the user hears.</summary>
internal static class AnswerExtensions
{
    /// <summary>The value, or an error that says what was being done.</summary>
    public static T Get<T>(this Answer<T> answer, string doing) where T : class =>
        answer.IsGood ? answer.Value : throw new UserErrorException($"{char.ToUpperInvariant(doing[0])}{doing[1..]} failed: {answer}");
}
