using Keylime.ServiceDefaults.Configuration;
using Keylime.Tenant.CommandLine;

using var interrupt = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    interrupt.Cancel();
};
return await TenantCommandLine.RunAsync(args, new(Console.Out, TextWriter.Synchronized(Console.Error), () => KeylimeSettings.Load("tenant")), interrupt.Token);
