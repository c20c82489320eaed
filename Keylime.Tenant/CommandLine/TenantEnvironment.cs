using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Tenant.CommandLine;

/// <summary>What surrounds the program: where it writes, and where its configuration comes from (read late: <c>--help</c> works with a broken one).</summary>
internal sealed record TenantEnvironment(TextWriter Output, TextWriter Error, Func<KeylimeSettings> LoadSettings);
