namespace Keylime.Tenant;

/// <summary>What the user must hear and can mend; printed without a stack trace, exit code 1.</summary>
internal sealed class UserErrorException(string message, Exception? cause = null) : Exception(message, cause);
