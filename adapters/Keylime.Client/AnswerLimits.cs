namespace Keylime.Client;

/// <summary>How much of an answer is read before it counts as hostile, in bytes.</summary>
internal static class AnswerLimits
{
    /// <summary>Ids and states of a million agents.</summary>
    public const int Lists = 512 * 1024 * 1024;

    /// <summary>Read without further ado, and all that an agent may say where it is not asked for evidence. Quotes of machines that are polled regularly have some kilobytes.</summary>
    public const int Small = 1024 * 1024;

    /// <summary>How many answers larger than that are held at a time, where the peers are many and trusted with nothing.</summary>
    public const int LargeAtOnce = 4;

    /// <summary>For those who hold an <see cref="AnswerPlace"/>: a quote with a whole IMA list and boot log. A machine that measures 200,000 files sends some 40 MiB once.</summary>
    public const int Evidence = 64 * 1024 * 1024;
}
