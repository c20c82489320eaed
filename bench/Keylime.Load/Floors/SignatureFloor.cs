using System.Diagnostics;
using System.Security.Cryptography;

namespace Keylime.Load.Floors;

/// <summary>What a quote's signature check cannot cost less than: one P-256 verification with the key in memory.</summary>
internal static class SignatureFloor
{
    /// <summary>As long as a TPMS_ATTEST of a quote.</summary>
    private const int AttestBytes = 150;
    private const int WarmUp = 500;
    private const int Checks = 4000;

    /// <summary>CPU time per check.</summary>
    public static TimeSpan Measure()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var attest = RandomNumberGenerator.GetBytes(AttestBytes);
        var signature = key.SignData(attest, HashAlgorithmName.SHA256);
        using var known = ECDsa.Create(key.ExportParameters(includePrivateParameters: false));
        Check(known, attest, signature, WarmUp);
        var before = CpuTime();
        Check(known, attest, signature, Checks);
        return (CpuTime() - before) / Checks;
    }

    private static void Check(ECDsa key, byte[] attest, byte[] signature, int times)
    {
        for (var i = 0; i < times; i++)
            if (!key.VerifyData(attest, signature, HashAlgorithmName.SHA256)) throw new InvalidOperationException("A genuine signature was refused.");
    }

    private static TimeSpan CpuTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
