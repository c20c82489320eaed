namespace Keylime.Fuzz.Engine;

/// <summary>A parser did something that no input may make it do. The message is the same for all inputs that show the same fault.</summary>
internal sealed class BrokenPropertyException(string message) : Exception(message)
{
    public static void Require(bool holds, string property)
    {
        if (!holds) throw new BrokenPropertyException(property);
    }
}
