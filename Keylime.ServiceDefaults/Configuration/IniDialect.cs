namespace Keylime.ServiceDefaults.Configuration;

/// <summary>Who else reads a file, and so by which rules its values are written.</summary>
internal enum IniDialect
{
    /// <summary>Python's configparser: everything after the separator is the value; an indented line continues it.</summary>
    Python,
    /// <summary>The Rust agent's TOML: quoted values with escapes, lists over several lines, comments after values.</summary>
    Toml,
}
