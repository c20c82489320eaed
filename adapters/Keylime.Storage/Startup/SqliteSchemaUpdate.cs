using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Keylime.Storage.Startup;

internal sealed class SqliteSchemaUpdate(TimeProvider time) : SchemaUpdate
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public override async Task<int> RunAsync(DbContext db, CancellationToken ct)
    {
        var path = new SqliteConnectionStringBuilder(db.Database.GetConnectionString()).DataSource;
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        CreatePrivately(path);
        await using var fileLock = await LockAsync(path + ".lock", ct);
        // We hold the real lock, so a row of EF's is a dead process's.
        await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", ct);
        // Readers and the writer do not wait for each other. The mode is a property of the file.
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", ct);
        return await MigrateAsync(db, ct);
    }

    /// <summary>The file holds V shares and keys: for its owner alone. Its WAL takes over the mode.</summary>
    private static void CreatePrivately(string path)
    {
        if (File.Exists(path)) return;
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var _ = new FileStream(path, options);
    }

    private async Task<FileStream> LockAsync(string path, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(PollInterval, time, ct);
            }
        }
    }
}
