using Keylime.FleetSimulator.Agents;
using Keylime.FleetSimulator.Control;
using Keylime.FleetSimulator.Faults;
using Keylime.FleetSimulator.Statistics;
using Keylime.Testing;

namespace Keylime.FleetSimulator.Tests.Control;

public sealed class CommandExecutionTests : IEventWriter
{
    private readonly AgentPopulation _agents = TestAgents.Idle(3);
    private readonly List<FleetEvent> _events = [];
    private readonly CommandExecution _commands;

    public CommandExecutionTests()
    {
        var clock = new ManualTimeProvider();
        _commands = new(_agents, new(_agents, TimeSpan.FromSeconds(2), clock), TimeSpan.FromSeconds(30), this, clock);
    }

    void IEventWriter.Write(FleetEvent what) => _events.Add(what);

    [Theory]
    [InlineData("nonsense", "not a command in JSON")]
    [InlineData("[1]", "not a command in JSON")]
    [InlineData("null", "command is missing")]
    [InlineData("{}", "command is missing")]
    [InlineData("""{"command":"dance"}""", "command is none of inject, heal, mark, reset, report, list, stop")]
    [InlineData("""{"command":"inject","count":1}""", "inject: fault is none of bad-signature, wrong-nonce, tampered-entry, slow, dead, reboot")]
    [InlineData("""{"command":"inject","fault":"none","count":1}""", "inject: fault is none of bad-signature, wrong-nonce, tampered-entry, slow, dead, reboot")]
    [InlineData("""{"command":"inject","fault":"dead"}""", "inject: either agents or count")]
    [InlineData("""{"command":"inject","fault":"dead","count":1,"agents":["a"]}""", "inject: either agents or count")]
    [InlineData("""{"command":"inject","fault":"dead","count":0}""", "inject: count is from 1 to 3, the healthy agents")]
    [InlineData("""{"command":"inject","fault":"dead","count":4}""", "inject: count is from 1 to 3, the healthy agents")]
    [InlineData("""{"command":"inject","fault":"dead","count":"many"}""", "not a command in JSON: count has the wrong type")]
    [InlineData("""{"command":"inject","fault":"dead","agents":["nobody"]}""", "inject: agents: 'nobody' is no agent of this fleet")]
    [InlineData("""{"command":"inject","fault":"slow","count":1,"seconds":-1}""", "inject: seconds is from 0 to 86400")]
    [InlineData("""{"command":"inject","fault":"slow","count":1,"seconds":1e308}""", "inject: seconds is from 0 to 86400")]
    [InlineData("""{"command":"heal"}""", "heal: agents is missing")]
    [InlineData("""{"command":"heal","agents":[null]}""", "heal: agents: 'null' is no agent of this fleet")]
    [InlineData("""{"command":"mark"}""", "mark: name is missing")]
    [InlineData("""{"command":"mark","name":"a","timeoutSeconds":-1}""", "mark: timeoutSeconds is from 0 to 86400")]
    public void Says_what_is_wrong_with_a_command_and_changes_nothing(string line, string error)
    {
        Assert.True(_commands.Execute(line));
        Assert.StartsWith(error, Assert.IsType<ErrorEvent>(Assert.Single(_events)).Message, StringComparison.Ordinal);
        Assert.All(_agents.All, agent => Assert.Equal(Fault.None, agent.Fault));
    }

    [Fact]
    public void Injects_into_named_agents_and_heals_them()
    {
        var id = _agents.All[1].Id.Value;
        _commands.Execute($$"""{"command":"inject","fault":"slow","agents":["{{id}}"],"seconds":7}""");
        Assert.Equal([Fault.None, Fault.Slow, Fault.None], _agents.All.Select(agent => agent.Fault));
        Assert.Equal(TimeSpan.FromSeconds(7), _agents.All[1].Slowness);

        _commands.Execute($$"""{"command":"heal","agents":["{{id}}"]}""");
        Assert.All(_agents.All, agent => Assert.Equal(Fault.None, agent.Fault));
        Assert.Empty(_events);
    }

    [Fact]
    public void Chooses_among_the_healthy_agents()
    {
        _commands.Execute("""{"command":"inject","fault":"dead","count":2}""");
        _commands.Execute("""{"command":"inject","fault":"bad-signature","count":1}""");
        Assert.Equal(2, _agents.All.Count(agent => agent.Fault == Fault.Dead));
        Assert.Equal(1, _agents.All.Count(agent => agent.Fault == Fault.BadSignature));
    }

    [Fact]
    public void Lists_reports_and_stops()
    {
        Assert.True(_commands.Execute("""{"command":"list"}"""));
        Assert.True(_commands.Execute("""{"command":"report"}"""));
        Assert.False(_commands.Execute("""{"command":"stop"}"""));
        Assert.Equal(_agents.All.Select(agent => agent.Id.Value), Assert.IsType<AgentsEvent>(_events[0]).Ids);
        Assert.Equal(0, Assert.IsType<ReportEvent>(_events[1]).Quotes);
    }

    [Fact]
    public void Events_are_one_json_object_a_line_that_says_first_what_it_is()
    {
        using var output = new StringWriter();
        new JsonEventWriter(output).Write(new TickEvent(1.5, 7, 2, new(0.5, null, 3), 4, 0));
        Assert.Equal("""{"event":"tick","at":1.5,"quotes":7,"perSecond":2,"gapSeconds":{"p50":0.5,"p99":null,"max":3},"waiting":4,"failed":0}""" + "\n", output.ToString());
    }
}
