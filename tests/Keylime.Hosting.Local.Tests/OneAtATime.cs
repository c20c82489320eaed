// Applications choose their ports when they start, and take them when their processes do: two that start at once could choose the same. Each
// also removes what killed ones left, which some tests want to see.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
