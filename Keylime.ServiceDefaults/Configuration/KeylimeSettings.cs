using System.Collections;
using System.Globalization;
using System.Net;

namespace Keylime.ServiceDefaults.Configuration;

/// <summary>Keylime's configuration of one component: <c>component.conf</c> files and, stronger, <c>KEYLIME_COMPONENT_OPTION</c> variables.</summary>
/// <remarks>Every reader throws <see cref="ConfigurationException"/> for a value that it cannot use, and names option, source and value.</remarks>
public sealed class KeylimeSettings
{
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly IReadOnlyList<IniFile> _files;
    private readonly string _root;

    private KeylimeSettings(string component, IReadOnlyDictionary<string, string> environment, string root)
    {
        Component = component;
        _environment = environment;
        _root = root;
        _files = ConfigurationFiles.Read(component, environment.GetValueOrDefault(Variable("config", null)), root);
        // The Rust agent has its work folder as an option too.
        WorkDirectory = environment.GetValueOrDefault("KEYLIME_DIR") is { Length: > 0 } folder ? folder : GetText("keylime_dir", "/var/lib/keylime");
    }

    public string Component { get; }

    /// <summary>Where relative paths start: <c>KEYLIME_DIR</c>, <c>/var/lib/keylime</c> when it is not set.</summary>
    public string WorkDirectory { get; }

    public static KeylimeSettings Load(string component) =>
        Load(component, Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)(e.Value ?? "")));

    public static KeylimeSettings Load(string component, IReadOnlyDictionary<string, string> environment, string root = "/") =>
        new(component, environment, root);

    /// <summary>The text; null when nothing sets the option.</summary>
    public string? FindText(string option, string? section = null) => Find(option, section)?.Text;

    public string GetText(string option, string fallback, string? section = null) => FindText(option, section) ?? fallback;

    /// <summary>on/off, true/false, yes/no, 1/0, in any case.</summary>
    public bool GetBoolean(string option, bool fallback, string? section = null) =>
        Find(option, section) is not { } found ? fallback : found.Text.Trim().ToLowerInvariant() switch
        {
            "on" or "true" or "yes" or "1" => true,
            "off" or "false" or "no" or "0" => false,
            _ => throw Refuse(option, found, "must be true or false"),
        };

    public int GetInteger(string option, int fallback, int min, int max, string? section = null)
    {
        if (Find(option, section) is not { } found) return fallback;
        return int.TryParse(found.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var value)
            && value >= min && value <= max
            ? value
            : throw Refuse(option, found, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {min} to {max}"));
    }

    /// <summary>A time in seconds, fractions allowed.</summary>
    public TimeSpan GetSeconds(string option, TimeSpan fallback, TimeSpan min, TimeSpan max, string? section = null)
    {
        if (Find(option, section) is not { } found) return fallback;
        return double.TryParse(found.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
            && seconds >= min.TotalSeconds && seconds <= max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw Refuse(option, found, string.Create(CultureInfo.InvariantCulture, $"must be a number of seconds from {min.TotalSeconds} to {max.TotalSeconds}"));
    }

    /// <summary>A time in seconds, from 0 to a day.</summary>
    public TimeSpan GetSeconds(string option, TimeSpan fallback, string? section = null) => GetSeconds(option, fallback, TimeSpan.Zero, TimeSpan.FromDays(1), section);

    /// <summary>A list in any of the two Keylimes' spellings; see <see cref="ListSyntax"/>.</summary>
    public IReadOnlyList<string> GetList(string option, IReadOnlyList<string> fallback, string? section = null) =>
        Find(option, section) is not { } found ? fallback
        : ListSyntax.TryParse(found.Text, out var items) ? items
        : throw Refuse(option, found, "must be a list such as a, b or [\"a\", \"b\"]");

    /// <summary>An address to listen on: an IP address, <c>localhost</c>, or <c>*</c> for all.</summary>
    public IPAddress GetAddress(string option, IPAddress fallback, string? section = null) =>
        Find(option, section) is not { } found ? fallback : found.Text.Trim() switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.IPv6Any,
            var text => IPAddress.TryParse(text, out var address) ? address : throw Refuse(option, found, "must be an IP address"),
        };

    /// <summary>A TCP port; 0 lets the system choose.</summary>
    public int GetPort(string option, int fallback, string? section = null) => GetInteger(option, fallback, 0, 65535, section);

    /// <summary>An error about an option's value, for rules of the caller's own.</summary>
    public ConfigurationException Refuse(string option, string problem, string? section = null) =>
        Find(option, section) is { } found ? Refuse(option, found, problem) : new($"{Component}: option {option} is not set: {problem}");

    /// <summary>The settings of another component of this process, read from the same places.</summary>
    public KeylimeSettings ForComponent(string component) => new(component, _environment, _root);

    private (string Text, string Source)? Find(string option, string? section)
    {
        var variable = Variable(option, section);
        if (_environment.TryGetValue(variable, out var text)) return (IniFile.Unquote(text), variable);
        for (var i = _files.Count - 1; i >= 0; i--)
            if (_files[i].Find(section ?? Component, option) is { } value) return (value, _files[i].Path);
        return null;
    }

    private string Variable(string option, string? section) =>
        (section is null ? $"KEYLIME_{Component}_{option}" : $"KEYLIME_{Component}_{section}_{option}").Replace('-', '_').ToUpperInvariant();

    // A value may be a password put into the wrong option: it is shown only where it cannot be one.
    private ConfigurationException Refuse(string option, (string Text, string Source) found, string problem) =>
        new(option.Contains("password", StringComparison.Ordinal) || option.Contains("url", StringComparison.Ordinal)
            ? $"{Component}: option {option} ({found.Source}) {problem}"
            : $"{Component}: option {option} = '{found.Text}' ({found.Source}) {problem}");
}
