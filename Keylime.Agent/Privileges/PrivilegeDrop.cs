namespace Keylime.Agent.Privileges;

/// <summary>What the agent does with root: mount memory for payloads, then become somebody else. Its logs must be open by then.</summary>
internal static class PrivilegeDrop
{
    /// <returns>What was done.</returns>
    public static PrivilegeOutcome Enter(AgentConfig config)
    {
        if (UnixAccount.IsRoot && config.RunAs.Length > 0)
        {
            var account = UnixAccount.Find(config.RunAs);
            if (!Directory.Exists(config.WorkFolder))
            {
                SecureFolder.Create(config.WorkFolder);
                account.Own(config.WorkFolder);
            }
            SecureFolder.Mount(config.SecureFolder, config.SecureSize);
            account.Own(config.SecureFolder);
            account.Become();
            return PrivilegeOutcome.Dropped;
        }
        // Nobody to hand the rights to: a developer's agent. Mounting would leave something behind that outlives the process.
        SecureFolder.Create(config.SecureFolder);
        return config.RunAs.Length > 0 ? PrivilegeOutcome.NotRoot : PrivilegeOutcome.Kept;
    }
}

/// <summary>How the agent runs.</summary>
internal enum PrivilegeOutcome
{
    /// <summary>As <c>run_as</c> says.</summary>
    Dropped,
    /// <summary>As whoever started it: <c>run_as</c> is empty.</summary>
    Kept,
    /// <summary>As whoever started it: only root can become another account.</summary>
    NotRoot,
}
