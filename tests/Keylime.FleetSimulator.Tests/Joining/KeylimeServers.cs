using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Keylime.Client;
using Keylime.ServiceDefaults.Tls;
using Keylime.Testing;

namespace Keylime.FleetSimulator.Tests.Joining;

/// <summary>A registrar and a verifier as processes of their own, with one certificate folder and SQLite.</summary>
public sealed class KeylimeServers : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(4);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keylime-fleet-");
    private readonly List<Process> _processes = [];
    private readonly StringBuilder _output = new();
    private HttpMessageInvoker? _http;

    public string TlsFolder => Path.Combine(_folder.FullName, "cv_ca");

    public Uri Registrar { get; private set; } = null!;

    public Uri Verifier { get; private set; } = null!;

    internal RegistrarClient Registrations { get; private set; } = null!;

    internal VerifierClient Agents { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var ports = TcpPorts.Free(3);
        CertificateFolder.CreateMissing(TlsFolder, new(), TimeProvider.System);
        Start("Keylime.Registrar", ("KEYLIME_REGISTRAR_PORT", $"{ports[0]}"), ("KEYLIME_REGISTRAR_TLS_PORT", $"{ports[1]}"));
        Start("Keylime.Verifier", ("KEYLIME_VERIFIER_PORT", $"{ports[2]}"), ("KEYLIME_VERIFIER_QUOTE_INTERVAL", "0.2"), ("KEYLIME_VERIFIER_RETRY_INTERVAL", "0.1"));
        (Registrar, Verifier) = (new($"http://127.0.0.1:{ports[0]}"), new($"https://127.0.0.1:{ports[2]}"));
        var identity = TlsIdentity.Read(Path.Combine(TlsFolder, "client-cert.crt"), Path.Combine(TlsFolder, "client-private.pem"), "");
        _http = new(new ClientTls(identity, CertificateTrust.In(CertificateFiles.ReadCertificates(Path.Combine(TlsFolder, "cacert.crt")))).CreateHandler());
        Registrations = new(_http, new(new Uri($"https://127.0.0.1:{ports[1]}")), s_patience);
        Agents = new(_http, new(Verifier), s_patience);
        foreach (var port in ports) await WaitUntilOpenAsync(port);
    }

    public async Task DisposeAsync()
    {
        _http?.Dispose();
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }
        _folder.Delete(recursive: true);
    }

    /// <summary>Command line of a fleet that joins these servers.</summary>
    internal IEnumerable<string> FleetArguments(string firstAddress) =>
        ["--registrar", $"{Registrar}", "--verifier", $"{Verifier}", "--tls", TlsFolder, "--address-base", firstAddress, "--port", "0", "--interval", "0.2", "--json"];

    /// <summary>A test that waits for a server which has ended waits in vain: says what the servers had to say.</summary>
    public void ThrowIfEnded()
    {
        if (!_processes.Exists(process => process.HasExited)) return;
        lock (_output) throw new InvalidOperationException($"A server ended: {_output}");
    }

    private void Start(string program, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, $"{program}.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["KEYLIME_DIR"] = _folder.FullName;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _processes.Add(process);
    }

    private async Task WaitUntilOpenAsync(int port)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, patience.Token);
                return;
            }
            catch (SocketException) when (_processes.All(process => !process.HasExited)) { await Task.Delay(50, patience.Token); }
            catch (SocketException) { ThrowIfEnded(); }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output) _output.AppendLine(line.Data);
    }
}
