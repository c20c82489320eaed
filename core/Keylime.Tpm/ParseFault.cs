namespace Keylime.Tpm;

/// <summary>Kinds of malformed bytes.</summary>
public enum ParseFault
{
    /// <summary>No fault.</summary>
    None,
    /// <summary>The bytes end before the structure does.</summary>
    Truncated,
    /// <summary>A size field exceeds what the structure allows.</summary>
    TooLong,
    /// <summary>A count exceeds what the structure allows.</summary>
    TooMany,
    /// <summary>Bytes follow the structure.</summary>
    TrailingBytes,
    /// <summary>The first bytes are not the structure's magic value or tag.</summary>
    BadMagic,
    /// <summary>The structure is of another type than those accepted here.</summary>
    BadType,
    /// <summary>A size field disagrees with what it measures.</summary>
    BadSize,
    /// <summary>A field holds a value that its type does not allow.</summary>
    BadValue,
    /// <summary>An algorithm or curve that is unknown or has no business in this field.</summary>
    UnknownAlgorithm,
    /// <summary>A public key that is no point of its curve, or no RSA modulus.</summary>
    BadKey,
    /// <summary>The same PCR is named twice.</summary>
    Duplicate,
}
