namespace Keylime.Tenant.Output;

/// <summary>How results are written.</summary>
internal enum OutputFormat
{
    Table,
    Json,
}
