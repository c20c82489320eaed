namespace Keylime.Agent.Payload;

/// <summary>File names that stay in the folder they are looked up in.</summary>
internal static class PlainName
{
    public static bool Is(string name) => name is not ("" or "." or "..") && !name.Contains('/') && !name.Contains('\0');
}
