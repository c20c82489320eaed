using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Keylime.Testing;

/// <summary>A real TPM 2.0 in software: manufactured by swtpm_setup with endorsement key certificates of a CA of its own, run by swtpm
/// in a private folder, killed and deleted at the end. Needs no rights and touches nothing in /etc or /var.</summary>
/// <remarks>The command lines, which anybody can repeat (swtpm 0.7, root or not):
/// <code>
/// swtpm_setup --tpm2 --tpm-state DIR/state --create-ek-cert --pcr-banks sha1,sha256 --config DIR/setup.conf --not-overwrite
/// swtpm socket --tpm2 --tpmstate dir=DIR/state --server type=unixio,path=DIR/swtpm.sock --ctrl type=unixio,path=DIR/swtpm.sock.ctrl
///              --flags not-need-init,startup-clear
/// </code>
/// swtpm_setup 0.7 makes certificates for the RSA-2048 and the P-384 endorsement key, none for P-256.</remarks>
public sealed class SoftwareTpm : IAsyncDisposable
{
    /// <summary>More than a busy machine needs: reached only by a test that fails.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private readonly string _directory = Directory.CreateTempSubdirectory("keylime-tpm-").FullName;
    private readonly int? _port;
    private Process? _process;

    private SoftwareTpm(bool tcp) => _port = tcp ? FreePortPair() : null;

    /// <summary>Why a test that needs a TPM is skipped; null when swtpm is installed.</summary>
    public static string? SkipReason { get; } = IsInstalled("swtpm") && IsInstalled("swtpm_setup") && IsInstalled("swtpm_localca")
        ? null
        : "swtpm is not installed (Debian: swtpm, swtpm-tools).";

    /// <summary>The TPM's name as the environment variable TCTI spells it.</summary>
    public string Tcti => _port is { } port
        ? string.Create(CultureInfo.InvariantCulture, $"swtpm:host=127.0.0.1,port={port}")
        : $"swtpm:path={SocketPath}";

    /// <summary>Root of the CA that signed the endorsement key certificates, PEM.</summary>
    public string RootCertificatePath => Path.Combine(_directory, "ca", "swtpm-localca-rootca-cert.pem");

    /// <summary>The CA below the root that signed them, PEM.</summary>
    public string IssuerCertificatePath => Path.Combine(_directory, "ca", "issuercert.pem");

    private string SocketPath => Path.Combine(_directory, "swtpm.sock");

    /// <summary>A new TPM, switched on.</summary>
    /// <param name="tcp">On a TCP port instead of a Unix socket.</param>
    /// <param name="pcrBanks">Active banks.</param>
    public static async Task<SoftwareTpm> StartAsync(bool tcp = false, string pcrBanks = "sha1,sha256")
    {
        var tpm = new SoftwareTpm(tcp);
        try
        {
            await tpm.ManufactureAsync(pcrBanks);
            await tpm.PowerOnAsync();
            return tpm;
        }
        catch
        {
            await tpm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pulls the plug and switches on again: PCRs are zero, nothing is loaded, the reset counter has grown.</summary>
    public async Task RebootAsync()
    {
        await PowerOffAsync();
        await PowerOnAsync();
    }

    /// <summary>Kills the TPM; its persistent state stays.</summary>
    public async Task PowerOffAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        File.Delete(SocketPath);
        File.Delete(SocketPath + ".ctrl");
    }

    public async Task PowerOnAsync()
    {
        string Channel(string suffix, int offset) => _port is { } port
            ? string.Create(CultureInfo.InvariantCulture, $"type=tcp,port={port + offset},bindaddr=127.0.0.1")
            : $"type=unixio,path={SocketPath}{suffix}";
        _process = Process.Start(new ProcessStartInfo("swtpm",
        [
            "socket", "--tpm2", "--tpmstate", $"dir={_directory}/state", "--server", Channel("", 0), "--ctrl", Channel(".ctrl", 1),
            "--flags", "not-need-init,startup-clear", "--log", $"file={_directory}/swtpm.log",
        ]))!;
        using var timeout = new CancellationTokenSource(StartTimeout);
        while (!await IsListeningAsync())
        {
            if (_process.HasExited)
                throw new InvalidOperationException("swtpm ended: " + await File.ReadAllTextAsync(_directory + "/swtpm.log"));
            await Task.Delay(10, timeout.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await PowerOffAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task ManufactureAsync(string pcrBanks)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "ca"));
        Directory.CreateDirectory(Path.Combine(_directory, "state"));
        await WriteAsync("ca.conf", $"""
            statedir = {_directory}/ca
            signingkey = {_directory}/ca/signkey.pem
            issuercert = {_directory}/ca/issuercert.pem
            certserial = {_directory}/ca/certserial
            """);
        await WriteAsync("ca.options", """
            --platform-manufacturer Keylime
            --platform-version 2.1
            --platform-model swtpm
            """);
        await WriteAsync("setup.conf", $"""
            create_certs_tool = {Find("swtpm_localca")}
            create_certs_tool_config = {_directory}/ca.conf
            create_certs_tool_options = {_directory}/ca.options
            """);
        using var setup = Process.Start(new ProcessStartInfo("swtpm_setup",
        [
            "--tpm2", "--tpm-state", $"{_directory}/state", "--create-ek-cert", "--pcr-banks", pcrBanks,
            "--config", $"{_directory}/setup.conf", "--logfile", $"{_directory}/setup.log", "--not-overwrite",
        ])
        { RedirectStandardOutput = true })!;
        await setup.StandardOutput.ReadToEndAsync();
        await setup.WaitForExitAsync();
        if (setup.ExitCode != 0)
            throw new InvalidOperationException("swtpm_setup failed: " + await File.ReadAllTextAsync(_directory + "/setup.log"));
    }

    private Task WriteAsync(string name, string text) => File.WriteAllTextAsync(Path.Combine(_directory, name), text + "\n");

    private async Task<bool> IsListeningAsync()
    {
        EndPoint endPoint = _port is { } port ? new IPEndPoint(IPAddress.Loopback, port) : new UnixDomainSocketEndPoint(SocketPath);
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePortPair()
    {
        while (true)
            if (TcpPorts.Free(2) is [var first, var second] && second == first + 1) return first;
    }

    private static bool IsInstalled(string program) => Find(program) is not null;

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
