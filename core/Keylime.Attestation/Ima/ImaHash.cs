using System.Security.Cryptography;

namespace Keylime.Attestation.Ima;

/// <summary>The kernel's names of hash algorithms in IMA entries, those that can be computed here.</summary>
internal static class ImaHash
{
    public static bool TryFind(ReadOnlySpan<byte> name, out HashAlgorithmName hash, out int sizeBytes)
    {
        (hash, sizeBytes) =
            name.SequenceEqual("sha256"u8) ? (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes)
            : name.SequenceEqual("sha1"u8) ? (HashAlgorithmName.SHA1, SHA1.HashSizeInBytes)
            : name.SequenceEqual("sha512"u8) ? (HashAlgorithmName.SHA512, SHA512.HashSizeInBytes)
            : name.SequenceEqual("sha384"u8) ? (HashAlgorithmName.SHA384, SHA384.HashSizeInBytes)
            : name.SequenceEqual("md5"u8) ? (HashAlgorithmName.MD5, MD5.HashSizeInBytes)
            : default((HashAlgorithmName, int));
        return sizeBytes != 0;
    }

    /// <summary>By the number of the kernel's <c>enum hash_algo</c>.</summary>
    public static bool TryFind(byte id, out HashAlgorithmName hash)
    {
        hash = id switch
        {
            1 => HashAlgorithmName.MD5,
            2 => HashAlgorithmName.SHA1,
            4 => HashAlgorithmName.SHA256,
            5 => HashAlgorithmName.SHA384,
            6 => HashAlgorithmName.SHA512,
            _ => default,
        };
        return hash.Name is not null;
    }
}
