using Microsoft.AspNetCore.Http;

namespace Keylime.ServiceDefaults.Http;

/// <summary>Who is asking. Nobody in particular unless a verified client certificate says otherwise.</summary>
public abstract record Caller
{
    private Caller() { }

    public static Caller Anonymous { get; } = new AnonymousCaller();

    /// <summary>The name of an operator or a component, from the common name of its certificate; null for the anonymous.</summary>
    public abstract string? Name { get; }

    public sealed record Admin(string CommonName) : Caller
    {
        public override string? Name => CommonName;
    }

    private sealed record AnonymousCaller : Caller
    {
        public override string? Name => null;
    }
}

/// <summary>Access to the caller of a request.</summary>
public static class CallerExtensions
{
    /// <summary>Who is asking; the anonymous before <see cref="KeylimeHttp.UseKeylimeHttp"/> has judged.</summary>
    public static Caller GetCaller(this HttpContext context) => context.Features.Get<Caller>() ?? Caller.Anonymous;
}
