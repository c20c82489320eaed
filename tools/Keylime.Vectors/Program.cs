using Keylime.Vectors;

// keylime vectors [DIR]: judges a tree of test vectors. 0 all as expected, 1 something differs, 2 there is no tree to read.
if (args.Length > 1 || args is ["--help" or "-h"])
{
    await Console.Error.WriteLineAsync("usage: Keylime.Vectors [DIR]\n\nJudges the test vectors of DIR, which has a manifest.json; by default those beside the repository (shared/vectors).");
    return args.Length > 1 ? 2 : 0;
}
var root = args.Length == 1 ? args[0] : VectorTree.FindBeside(AppContext.BaseDirectory);
if (root is null)
{
    await Console.Error.WriteLineAsync("there is no shared/vectors beside the repository: name a folder");
    return 2;
}
if (!VectorTree.TryOpen(root, out var tree, out var fault))
{
    await Console.Error.WriteLineAsync(fault);
    return 2;
}
var report = VectorReport.Judge(tree);
await Console.Out.WriteAsync(report.ToString());
return report.HasDifferences ? 1 : 0;
