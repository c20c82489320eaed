using System.Text;

namespace Keylime.Attestation.Ima;

/// <summary>A field of an IMA template, by the kernel's name for it.</summary>
internal enum ImaField : byte
{
    /// <summary><c>d-ng</c>: digest as <c>algorithm:digest</c>.</summary>
    Digest,
    /// <summary><c>d-ngv2</c>: digest as <c>type:algorithm:digest</c>, the type being ima or verity.</summary>
    TypedDigest,
    /// <summary><c>n-ng</c>: name of the file, key ring or buffer.</summary>
    Name,
    /// <summary><c>sig</c>: file signature.</summary>
    Signature,
    /// <summary><c>buf</c>: the measured buffer.</summary>
    Buffer,
    /// <summary><c>d-modsig</c>: digest of the file without its appended signature.</summary>
    ModuleDigest,
    /// <summary><c>modsig</c>: the appended signature.</summary>
    ModuleSignature,
    /// <summary><c>evmsig</c>: portable signature over the file's metadata.</summary>
    MetadataSignature,
    /// <summary><c>xattrnames</c>: names of the protected extended attributes, joined by <c>|</c>.</summary>
    AttributeNames,
    /// <summary><c>xattrlengths</c>: their lengths, u32 little-endian each.</summary>
    AttributeLengths,
    /// <summary><c>xattrvalues</c>: their values, joined.</summary>
    AttributeValues,
    /// <summary><c>iuid</c>: owner, u32.</summary>
    UserId,
    /// <summary><c>igid</c>: group, u32.</summary>
    GroupId,
    /// <summary><c>imode</c>: type and permissions, u16.</summary>
    Mode,
}

/// <summary>An IMA template: what an entry of the list holds.</summary>
/// <remarks>Linux, security/integrity/ima/ima_template.c, builtin_templates.</remarks>
internal sealed class ImaTemplate
{
    /// <summary>Most fields of a template.</summary>
    public const int MaxFields = 9;

    private readonly byte[] _name;
    private readonly ImaField[] _fields;

    private ImaTemplate(string name, params ImaField[] fields) : this(name, 0, fields) { }

    private ImaTemplate(string name, int leadingTexts, params ImaField[] fields)
    {
        Name = name;
        _name = Encoding.ASCII.GetBytes(name);
        LeadingTexts = leadingTexts;
        _fields = fields;
        HasSignature = fields.Any(field => field is ImaField.Signature or ImaField.MetadataSignature);
    }

    /// <summary>The first template, <c>d|n</c>: fields of fixed size without length words.</summary>
    public static ImaTemplate Ima { get; } = new("ima", ImaField.Digest, ImaField.Name);

    private static readonly ImaTemplate[] All =
    [
        new("ima-ng", ImaField.Digest, ImaField.Name),
        new("ima-sig", ImaField.Digest, ImaField.Name, ImaField.Signature),
        new("ima-buf", ImaField.Digest, ImaField.Name, ImaField.Buffer),
        new("ima-ngv2", ImaField.TypedDigest, ImaField.Name),
        new("ima-sigv2", ImaField.TypedDigest, ImaField.Name, ImaField.Signature),
        new("ima-modsig", ImaField.Digest, ImaField.Name, ImaField.Signature, ImaField.ModuleDigest, ImaField.ModuleSignature),
        new("evm-sig", ImaField.Digest, ImaField.Name, ImaField.MetadataSignature, ImaField.AttributeNames, ImaField.AttributeLengths, ImaField.AttributeValues,
            ImaField.UserId, ImaField.GroupId, ImaField.Mode),
        // dep|cgn|d-ng|n-ng and dep|cg-path|d-ng|n-ng: who ran the file, and in which control group. Patches of Politecnico di Torino for containers, in
        // use in kernels of clouds though not in the mainline.
        new("ima-dep-cgn", 2, ImaField.Digest, ImaField.Name),
        new("ima-cgpath", 2, ImaField.Digest, ImaField.Name),
        Ima,
    ];

    public string Name { get; }

    /// <summary>Texts without blanks that stand before the fields. They are hashed, and no rule of a policy speaks of them.</summary>
    public int LeadingTexts { get; }

    /// <summary>Digest first, name second, then what else there is.</summary>
    public ReadOnlySpan<ImaField> Fields => _fields;

    public bool HasBuffer => _fields[^1] == ImaField.Buffer;

    /// <summary>Whether it has room for a signature, of the file or of its metadata.</summary>
    public bool HasSignature { get; }

    public static ImaTemplate? Find(ReadOnlySpan<byte> name)
    {
        foreach (var template in All)
            if (name.SequenceEqual(template._name)) return template;
        return null;
    }
}
