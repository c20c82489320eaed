namespace Keylime.ServiceDefaults.CommandLine;

/// <summary>What a program says of itself.</summary>
/// <param name="Name">As it is started.</param>
/// <param name="Purpose">What it does, as the rest of a sentence that begins with its name.</param>
/// <param name="Components">Keylime's names of what it is, and so of its files and variables.</param>
/// <param name="Variables">Variables of other names that it reads, and what they are.</param>
public sealed record ProgramDescription(string Name, string Purpose, IReadOnlyList<string> Components, params IReadOnlyList<(string Name, string Meaning)> Variables);
