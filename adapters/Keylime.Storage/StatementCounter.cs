using System.Data.Common;
using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Keylime.Storage;

/// <summary>Counts what is asked of the database: statements, by whomever of us, and commits, which are a round trip as well.</summary>
public sealed class StatementCounter : DbCommandInterceptor, IDbTransactionInterceptor, IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Keylime.Storage";

    private readonly Meter _meter;
    private readonly Counter<long> _statements;

    public StatementCounter(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _statements = _meter.CreateCounter<long>("keylime.storage.statements", description: "Statements sent to the database, commits included");
    }

    /// <summary>A statement goes out past EF.</summary>
    internal void Count() => _statements.Add(1);

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Count();
        return new(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Count();
        return new(result);
    }

    public override ValueTask<InterceptionResult<object>> ScalarExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<object> result, CancellationToken cancellationToken = default)
    {
        Count();
        return new(result);
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        Count();
        return new(result);
    }

    public void Dispose() => _meter.Dispose();
}
