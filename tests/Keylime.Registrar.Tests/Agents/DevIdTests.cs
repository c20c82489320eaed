using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Keylime.Tpm;
using Keylime.Tpm.Structures;

namespace Keylime.Registrar.Tests.Agents;

/// <summary>A device whose maker certified an IAK and an IDevID.</summary>
public sealed class DevIdTests(RegistrarService registrar) : IClassFixture<RegistrarService>
{
    private static readonly DateTimeOffset Made = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly HttpClient _agent = registrar.Anonymous();

    private sealed class Device : IDisposable
    {
        private readonly ECDsa _iak = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly ECDsa _idevid = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly ECDsa _maker = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        private readonly X509Certificate2 _authority;

        public Device(string maker = "CN=Maker")
        {
            var request = new CertificateRequest(maker, _maker, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            _authority = request.CreateSelfSigned(Made, Made.AddYears(200));
            Iak = TpmKeys.SigningKey(_iak, ObjectAttributes.AttestationKey);
        }

        public TpmKeys Tpm { get; } = new();
        public PublicArea Iak { get; set; }
        public DateTimeOffset NotAfter { get; set; } = Made.AddYears(200);
        /// <summary>An extension of the certificates that the maker signs.</summary>
        public X509Extension? Extension { get; set; }

        public void Trust(string folder) => File.WriteAllText(Path.Combine(folder, Guid.NewGuid() + ".pem"), _authority.ExportCertificatePem());

        public JsonObject Registration(byte[] qualifyingData, byte[]? certifiedName = null)
        {
            var attest = new Attest(new byte[] { 0, 11 }, qualifyingData, new ClockInfo(1, 1, 1, true), 1)
            {
                Certify = new(certifiedName ?? Tpm.Ak.ComputeName(), new byte[] { 0, 11 }),
            }.ToBytes();
            var signed = _iak.SignData(attest, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            var signature = new Signature(TpmAlgorithm.Ecdsa, TpmAlgorithm.Sha256, default, signed.AsMemory(0, 32), signed.AsMemory(32));
            return Tpm.Registration(
                ("iak_tpm", Convert.ToBase64String(Iak.ToSizedBytes())),
                ("iak_cert", Convert.ToBase64String(Certify(_iak, "CN=IAK"))),
                ("idevid_tpm", Convert.ToBase64String(TpmKeys.SigningKey(_idevid, ObjectAttributes.AttestationKey & ~ObjectAttributes.Restricted).ToSizedBytes())),
                ("idevid_cert", Convert.ToBase64String(Certify(_idevid, "CN=IDevID"))),
                ("iak_attest", Convert.ToBase64String(attest)),
                ("iak_sign", Convert.ToBase64String(signature.ToBytes())));
        }

        private byte[] Certify(ECDsa key, string name)
        {
            var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
            if (Extension is not null) request.CertificateExtensions.Add(Extension);
            using var certificate = request.Create(_authority, Made, NotAfter, [1, 2, 3]);
            return certificate.RawData;
        }

        public void Dispose()
        {
            Tpm.Dispose();
            foreach (var key in (ECDsa[])[_iak, _idevid, _maker]) key.Dispose();
            _authority.Dispose();
        }
    }

    private async Task<string> RegisterAsync(string id, JsonObject request, HttpStatusCode expected)
    {
        var (status, body) = await _agent.SendJsonAsync(HttpMethod.Post, $"/v2.6/agents/{id}", request.ToJsonString());
        Assert.True(status == expected, body.ToJsonString());
        return (string)body["status"]!;
    }

    private static byte[] Hashed(string id) => SHA256.HashData(Encoding.UTF8.GetBytes(id));

    [Fact]
    public async Task Registers_a_device_of_a_known_maker_in_the_new_and_in_the_old_form()
    {
        using var device = new Device();
        device.Trust(registrar.CertStore);
        await RegisterAsync("devid", device.Registration(Hashed("devid")), HttpStatusCode.OK);
        await RegisterAsync("devid", device.Registration(Encoding.UTF8.GetBytes("devid")), HttpStatusCode.OK);
    }

    [Fact]
    public async Task Knows_two_authorities_of_one_name_apart()
    {
        Device[] devices = [new(), new(), new()];
        foreach (var device in devices) device.Trust(registrar.CertStore);
        foreach (var device in devices)
        {
            var id = $"same-name-{Array.IndexOf(devices, device)}";
            await RegisterAsync(id, device.Registration(Hashed(id)), HttpStatusCode.OK);
            device.Dispose();
        }
    }

    [Fact]
    public async Task Refuses_a_device_of_an_unknown_maker()
    {
        using var device = new Device("CN=Stranger");
        Assert.Contains("iak_cert is not to be believed: its issuer is not in the store", await RegisterAsync("stranger", device.Registration(Hashed("stranger")), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_binding_that_does_not_hold()
    {
        using var device = new Device();
        device.Trust(registrar.CertStore);
        async Task RefusedAsync(string reason, JsonObject request) =>
            Assert.Contains(reason, await RegisterAsync("unbound", request, HttpStatusCode.BadRequest), StringComparison.Ordinal);
        var good = device.Registration(Hashed("unbound"));

        await RefusedAsync("was not made for this agent", device.Registration(Hashed("another")));
        await RefusedAsync("it certifies another key", device.Registration(Hashed("unbound"), certifiedName: new byte[34]));
        await RefusedAsync("the signature is not the IAK's", With(good, "iak_sign", device.Registration(Hashed("another"))["iak_sign"]));
        await RefusedAsync("needs iak_attest and iak_sign", With(good, "iak_sign", null));
        await RefusedAsync("the signature is not the IAK's", With(good, "iak_attest", "AAAA"));
        await RefusedAsync("TPMT_SIGNATURE is malformed", With(good, "iak_sign", "AAAA"));
        await RefusedAsync("iak_cert is not to be believed: it is the certificate of another key", With(good, "iak_cert", good["idevid_cert"]));
        await RefusedAsync("need both iak_cert and idevid_cert", With(good, "idevid_cert", null));
        await RefusedAsync("need both iak_tpm and idevid_tpm", With(With(good, "idevid_tpm", null), "iak_cert", good["iak_cert"]));
        device.Iak = device.Iak with { Attributes = device.Iak.Attributes & ~ObjectAttributes.Restricted };
        await RefusedAsync("is not a restricted signing key", device.Registration(Hashed("unbound")));
    }

    [Fact]
    public async Task Refuses_a_certificate_that_has_expired()
    {
        using var device = new Device { NotAfter = Made.AddYears(1) };
        device.Trust(registrar.CertStore);
        Assert.Contains("iak_cert is not to be believed: a certificate of the chain is not valid now", await RegisterAsync("expired", device.Registration(Hashed("expired")), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_an_IDevID_in_the_place_of_the_IAK()
    {
        using var device = new Device();
        device.Trust(registrar.CertStore);
        var request = device.Registration(Hashed("one-key"));
        request = With(With(request, "idevid_tpm", request["iak_tpm"]), "idevid_cert", request["iak_cert"]);
        Assert.Contains("presented as the IDevID, too", await RegisterAsync("one-key", request, HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_certificate_that_decodes_only_in_part()
    {
        using var device = new Device { Extension = new X509Extension("2.5.29.37", [0x01], critical: true) };
        device.Trust(registrar.CertStore);
        Assert.Contains("iak_cert is not to be believed: it is malformed", await RegisterAsync("in-part", device.Registration(Hashed("in-part")), HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    private static JsonObject With(JsonObject request, string member, JsonNode? value)
    {
        var changed = request.DeepClone().AsObject();
        changed[member] = value?.DeepClone();
        return changed;
    }
}
