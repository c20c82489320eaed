using System.CommandLine;
using System.Text;

namespace Keylime.Tenant.Evidence;

/// <summary>The nonce of a request.</summary>
internal sealed class NonceOptions
{
    private readonly Option<string?> _text = new("--nonce") { Description = "Nonce of the request, as text", HelpName = "TEXT" };
    private readonly Option<ReadOnlyMemory<byte>?> _hex = PcrArguments.CreateHex("--nonce-hex", "Nonce of the request, in hex; '' for a quote without one");

    public void AddTo(Command command)
    {
        command.Options.Add(_text);
        command.Options.Add(_hex);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_text) is null == result.GetResult(_hex) is null) result.AddError("--nonce or --nonce-hex is required");
        });
    }

    public ReadOnlyMemory<byte> Read(ParseResult arguments) => arguments.GetValue(_hex) ?? Encoding.UTF8.GetBytes(arguments.GetValue(_text)!);

    /// <summary>For what proves that it is of now: a quote without a nonce says nothing of when it was made.</summary>
    public ReadOnlyMemory<byte> ReadFresh(ParseResult arguments) => Read(arguments) is { IsEmpty: false } nonce ? nonce : throw new UserErrorException("the nonce is empty");
}
