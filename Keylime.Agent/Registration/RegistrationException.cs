using Keylime.Protocol;

namespace Keylime.Agent.Registration;

/// <summary>The agent could not register. It does not serve then: nobody would know it, or somebody else is known by its id.</summary>
internal sealed class RegistrationException(string message) : Exception(message)
{
    /// <summary>Another TPM is registered under this id, or this TPM with another key. Only an operator can tell which of the two is right.</summary>
    public static RegistrationException Forbidden(AgentId agent, string message) => new(
        $"registration of {agent} is forbidden: {message}. The registrar knows this id with another TPM or attestation key. If this machine is the right one, delete the registrar's record of {agent} and start the agent again");
}
