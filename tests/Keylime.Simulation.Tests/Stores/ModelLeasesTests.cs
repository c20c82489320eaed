using Keylime.Sharding;
using Keylime.Sharding.Tests.Conformance;

namespace Keylime.Simulation.Tests.Stores;

/// <summary>The modelled lease store passes what the real ones pass.</summary>
public sealed class ModelLeaseStoreTests : LeaseStoreTests
{
    private readonly ModelLeases _leases = new(TimeProvider.System);

    protected override ILeaseStore First => _leases;

    protected override ILeaseStore Second => _leases;
}

public sealed class ModelMembershipStoreTests : MembershipStoreTests
{
    private readonly ModelLeases _leases = new(TimeProvider.System);

    protected override IMembershipStore First => _leases;

    protected override IMembershipStore Second => _leases;
}
