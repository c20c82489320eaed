using System.Text.Json;
using Keylime.Attestation;
using Keylime.Attestation.MeasuredBoot;
using Keylime.ServiceDefaults.Configuration;

namespace Keylime.Verifier.Attestation;

/// <summary>How agents are asked and judged. Names in comments are Keylime's options; ours are marked.</summary>
internal sealed record AttestationOptions
{
    private static readonly TimeSpan ShortestFreshness = TimeSpan.FromSeconds(5);

    /// <summary>Pause between two quotes of one agent: <c>quote_interval</c>.</summary>
    public TimeSpan QuoteInterval { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary><c>retry_interval</c>.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(2);
    /// <summary>Failed requests in a row that are forgiven: <c>max_retries</c>.</summary>
    public int MaxRetries { get; init; } = 5;
    /// <summary><c>exponential_backoff</c>.</summary>
    public bool ExponentialBackoff { get; init; } = true;
    /// <summary>Longest time for one request to an agent: <c>request_timeout</c>.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Whether agents have to speak TLS: <c>enable_agent_mtls</c>.</summary>
    public bool AgentMtls { get; init; } = true;
    /// <summary>The reverse of <c>ignore_tomtou_errors</c>'s name, as its effect is: see <see cref="AppraisalPolicy.ViolationsFail"/>.</summary>
    public bool ViolationsFail { get; init; }
    /// <summary>Who judges boot logs: <c>measured_boot_policy_name</c>.</summary>
    public MeasuredBootEngine MeasuredBootEngine { get; init; } = MeasuredBootEngine.AcceptAll;
    /// <summary><c>measured_boot_evaluate</c>.</summary>
    public MeasuredBootEvaluation MeasuredBootEvaluation { get; init; } = MeasuredBootEvaluation.Once;
    /// <summary><c>severity_labels</c> and <c>severity_policy</c>.</summary>
    public SeverityPolicy Severity { get; init; } = SeverityPolicy.Default;
    /// <summary>Ours, <c>flush_period</c>: how often progress is written.</summary>
    public TimeSpan FlushPeriod { get; init; } = TimeSpan.FromSeconds(1);
    /// <summary>How long running exchanges may go on at shutdown: <c>shutdown_drain_timeout</c>.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Keylime's <c>maximum_attestation_interval</c>. Never so short that the flush period alone makes agents look stale.</summary>
    public TimeSpan FreshFor => QuoteInterval * 5 > ShortestFreshness ? QuoteInterval * 5 : ShortestFreshness;

    /// <summary>Pause before an attempt is repeated for the n-th time: the interval to the power of n; an interval of a second or less does not grow.</summary>
    public TimeSpan BackOff(int retries) =>
        ExponentialBackoff && RetryInterval > TimeSpan.FromSeconds(1)
            ? TimeSpan.FromSeconds(Math.Min(Math.Pow(RetryInterval.TotalSeconds, retries), TimeSpan.FromDays(1).TotalSeconds))
            : RetryInterval;

    public static AttestationOptions From(KeylimeSettings settings)
    {
        var fallback = new AttestationOptions();
        var second = TimeSpan.FromSeconds(1);
        return new()
        {
            QuoteInterval = settings.GetSeconds("quote_interval", fallback.QuoteInterval),
            RetryInterval = settings.GetSeconds("retry_interval", fallback.RetryInterval),
            MaxRetries = settings.GetInteger("max_retries", fallback.MaxRetries, 0, 1000),
            ExponentialBackoff = settings.GetBoolean("exponential_backoff", fallback.ExponentialBackoff),
            RequestTimeout = settings.GetSeconds("request_timeout", fallback.RequestTimeout, second / 10, second * 3600),
            AgentMtls = settings.GetBoolean("enable_agent_mtls", fallback.AgentMtls),
            ViolationsFail = settings.GetBoolean("ignore_tomtou_errors", fallback.ViolationsFail),
            MeasuredBootEngine = MeasuredBootEngines.TryParse(settings.GetText("measured_boot_policy_name", "accept-all"), out MeasuredBootEngine engine)
                ? engine : throw settings.Refuse("measured_boot_policy_name", "must be accept-all, reject-all, example or uki"),
            MeasuredBootEvaluation = MeasuredBootEngines.TryParse(settings.GetText("measured_boot_evaluate", "once"), out MeasuredBootEvaluation evaluation)
                ? evaluation : throw settings.Refuse("measured_boot_evaluate", "must be once or always"),
            Severity = ReadSeverity(settings),
            FlushPeriod = settings.GetSeconds("flush_period", fallback.FlushPeriod, second / 10, second * 60),
            DrainTimeout = settings.GetSeconds("shutdown_drain_timeout", fallback.DrainTimeout),
        };
    }

    private static SeverityPolicy ReadSeverity(KeylimeSettings settings)
    {
        var labels = settings.GetList("severity_labels", SeverityPolicy.Default.Labels);
        IReadOnlyList<(string, string)> rules = [];
        if (settings.FindText("severity_policy") is { } text && !TryReadRules(text, out rules))
            throw settings.Refuse("severity_policy", "must be a list of objects with event_id and severity_label");
        return SeverityPolicy.TryCreate(labels, rules, out var policy, out var fault) ? policy : throw settings.Refuse("severity_policy", fault);
    }

    // JSON, or the same in Python's single quotes.
    private static bool TryReadRules(string text, out IReadOnlyList<(string EventId, string Label)> rules)
    {
        rules = [];
        try
        {
            using var document = JsonDocument.Parse(text.Contains('"', StringComparison.Ordinal) ? text : text.Replace('\'', '"'));
            if (document.RootElement.ValueKind != JsonValueKind.Array) return false;
            var read = new List<(string, string)>();
            foreach (var rule in document.RootElement.EnumerateArray())
            {
                if (rule.ValueKind != JsonValueKind.Object
                    || !rule.TryGetProperty("event_id", out var eventId) || eventId.ValueKind != JsonValueKind.String
                    || !rule.TryGetProperty("severity_label", out var label) || label.ValueKind != JsonValueKind.String) return false;
                read.Add((eventId.GetString()!, label.GetString()!));
            }
            rules = read;
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
