using System.CommandLine;
using Keylime.Protocol.V2;
using Keylime.Tenant.CommandLine;

namespace Keylime.Tenant.Policies;

/// <summary>Arguments of the verbs that upload a measured-boot policy.</summary>
internal sealed class MeasuredBootPolicyOptions
{
    private readonly Argument<string> _name = new("NAME") { Description = "Name of the policy" };
    private readonly Argument<string> _file = new("FILE") { Description = "The reference state; 'default' takes the configured one" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_name);
        command.Arguments.Add(_file);
    }

    public string Name(Verb verb) => verb.Arguments.GetValue(_name)!;

    public MeasuredBootPolicyRequest Read(Verb verb) => new(MeasuredBootPolicyText.Read(verb.Arguments.GetValue(_file), verb.Session.Config));
}
