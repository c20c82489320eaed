namespace Keylime.Tenant.KeylimeSpelling;

/// <summary>The commands that <c>-c</c> takes.</summary>
internal static class KeylimeCommands
{
    private static readonly Dictionary<string, Func<KeylimeCall, CancellationToken, Task>> Commands = new(StringComparer.Ordinal)
    {
        ["add"] = EnrollmentCommands.AddAsync,
        ["update"] = EnrollmentCommands.UpdateAsync,
        ["delete"] = EnrollmentCommands.DeleteAsync,
        ["reactivate"] = EnrollmentCommands.ReactivateAsync,
        ["status"] = StatusCommands.StatusAsync,
        ["cvstatus"] = StatusCommands.VerifierStatusAsync,
        ["cvlist"] = StatusCommands.VerifierListAsync,
        ["bulkinfo"] = StatusCommands.BulkInfoAsync,
        ["regstatus"] = StatusCommands.RegistrarStatusAsync,
        ["reglist"] = StatusCommands.RegistrarListAsync,
        ["regdelete"] = StatusCommands.RegistrarDeleteAsync,
        ["addruntimepolicy"] = RuntimePolicyCommands.AddAsync,
        ["updateruntimepolicy"] = RuntimePolicyCommands.UpdateAsync,
        ["showruntimepolicy"] = RuntimePolicyCommands.ShowAsync,
        ["deleteruntimepolicy"] = RuntimePolicyCommands.DeleteAsync,
        ["listruntimepolicy"] = RuntimePolicyCommands.ListAsync,
        ["addallowlist"] = RuntimePolicyCommands.AddAsync,
        ["showallowlist"] = RuntimePolicyCommands.ShowAsync,
        ["deleteallowlist"] = RuntimePolicyCommands.DeleteAsync,
        ["addmbpolicy"] = MeasuredBootPolicyCommands.AddAsync,
        ["updatembpolicy"] = MeasuredBootPolicyCommands.UpdateAsync,
        ["showmbpolicy"] = MeasuredBootPolicyCommands.ShowAsync,
        ["deletembpolicy"] = MeasuredBootPolicyCommands.DeleteAsync,
        ["listmbpolicy"] = MeasuredBootPolicyCommands.ListAsync,
    };

    public static IEnumerable<string> Names => Commands.Keys;

    public static Func<KeylimeCall, CancellationToken, Task>? Find(string name) => Commands.GetValueOrDefault(name);
}
